import type { Dataset } from '../core/dataset.ts';
import type { EmbeddingRow, EmbeddingTable, UnreadableTable } from '../core/embedding-table.ts';
import type { Item } from '../core/items.ts';
import type { View } from '../core/view.ts';
import type { EmbeddingJob } from '../jobs/embedding-job.ts';
import type { EmbeddingPlugin } from '../plugins/embedding-plugin.ts';
import { builder } from './builder.ts';

// The types refer to each other in circles; declared here, each can be defined in a file of its own.

export interface ItemNode {
  readonly dataset: Dataset;
  readonly item: Item;
}

export interface ViewNode {
  readonly dataset: Dataset;
  readonly view: View;
}

export interface EmbeddingTableNode {
  readonly dataset: Dataset;
  readonly table: EmbeddingTable | UnreadableTable;
}

export interface ViewEmbeddingNode {
  readonly dataset: Dataset;
  readonly table: EmbeddingTable;
  readonly embedding: EmbeddingRow;
}

export const DatasetRef = builder.objectRef<Dataset>('Dataset');
export const ItemRef = builder.objectRef<ItemNode>('Item');
export const ViewRef = builder.objectRef<ViewNode>('View');
export const EmbeddingTableRef = builder.objectRef<EmbeddingTableNode>('EmbeddingTable');
export const ViewEmbeddingRef = builder.objectRef<ViewEmbeddingNode>('ViewEmbedding');
export const EmbeddingJobRef = builder.objectRef<EmbeddingJob>('EmbeddingJob');
export const EmbeddingPluginRef = builder.objectRef<EmbeddingPlugin>('EmbeddingPlugin');
