import { MARKER, SECOND } from './second-dataset.ts';
import type { Target } from './target.ts';

/** What is known of one dataset, for requests that look like those of a client. */
export interface KnownDataset {
  readonly folder: string;
  readonly name: string;
  readonly pixanoId: string;
  readonly id: string;
  readonly columns: readonly string[];
  /** Values of its columns. */
  readonly values: readonly unknown[];
  readonly tables: readonly string[];
  readonly items: readonly string[];
  readonly itemIds: readonly string[];
  readonly viewIds: readonly string[];
  readonly otherIds: readonly string[];
  /** Texts that are nowhere but in this dataset. */
  readonly marks: readonly string[];
}

interface Node {
  readonly id: string;
  readonly pixanoId: string;
}

interface DatasetAnswer extends Node {
  readonly name: string;
  readonly itemColumns: readonly { readonly name: string }[];
  readonly tables: readonly { readonly name: string }[];
  readonly items: { readonly nodes: readonly (Node & { readonly attributes: object })[] };
  readonly views: { readonly nodes: readonly (Node & { embeddings: { nodes: readonly Node[] } })[] };
  readonly embeddingTables: readonly { readonly id: string }[];
}

const QUERY = `query ($folder: String!) {
  dataset(by: { folder: $folder }) {
    id pixanoId name itemColumns { name } tables { name } embeddingTables { id }
    items { nodes { id pixanoId attributes } }
    views { nodes { id pixanoId embeddings { nodes { id pixanoId } } } }
  }
}`;

export async function knownDataset(target: Target, folder: string): Promise<KnownDataset> {
  const { data } = await target.ask<{ dataset: DatasetAnswer }>(QUERY, { folder });
  const { id, pixanoId, name, itemColumns, tables, items, views, embeddingTables } = data.dataset;
  const embeddings = views.nodes.flatMap((view) => view.embeddings.nodes);
  const nodes = [...items.nodes, ...views.nodes];
  return {
    folder,
    name,
    pixanoId,
    id,
    columns: itemColumns.map((column) => column.name),
    values: items.nodes.flatMap((item) => Object.values(item.attributes)),
    tables: tables.map((table) => table.name),
    items: items.nodes.map((item) => item.pixanoId),
    itemIds: items.nodes.map((item) => item.id),
    viewIds: views.nodes.map((view) => view.id),
    otherIds: [...embeddings.map((embedding) => embedding.id), ...embeddingTables.map((table) => table.id), id],
    marks: [...(folder === SECOND ? [MARKER] : []), ...nodes.flatMap((node) => [node.id, node.pixanoId])],
  };
}
