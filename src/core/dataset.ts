import { basename, dirname, join, resolve } from 'node:path';
import type { Call } from './call.ts';
import { type DatasetInfo, readDatasetInfo } from './dataset-info.ts';
import type { DatasetOptions } from './dataset-options.ts';
import { DatasetTables, type TableInfo } from './dataset-tables.ts';
import { type EmbeddingCoverage, EmbeddingCoverages } from './embedding-coverage.ts';
import { corrupt, type HealthReport, healthOf } from './embedding-health.ts';
import type { EmbeddingModels } from './embedding-models.ts';
import { computeEmbeddings, type EmbeddingProgress, type PipelineOptions } from './embedding-pipeline.ts';
import type { EmbeddingTable, UnreadableTable } from './embedding-table.ts';
import { type CreateTableInput, createEmbeddingTable } from './embedding-table-creation.ts';
import { DatasetUnreadableError, NotFoundError } from './errors.ts';
import { GoneItems } from './gone-items.ts';
import { VectorIndexes } from './index/vector-indexes.ts';
import { Items } from './items.ts';
import { ItemsLayout } from './items-layout.ts';
import type { Layout } from './layout.ts';
import { MediaFolder } from './media-folder.ts';
import { createRecordEmbeddings } from './record-embeddings-creation.ts';
import { RecordsLayout } from './records-layout.ts';
import { RemoteMedia } from './remote-media.ts';
import type { Row } from './row.ts';
import { SchemaRelation } from './schema-relation.ts';
import { type KeyedAnswer, type SearchAnswer, type SearchInput, search, searchKeys } from './search/search.ts';
import type { ModelIds } from './sidecar.ts';
import { sqlIn } from './sql.ts';
import { StateFolder } from './state-folder.ts';
import { TableStore } from './table-store.ts';
import { unlessUnreadable } from './unless-unreadable.ts';
import { type VerifyOptions, verifyTable } from './verification.ts';
import { type KeptVerification, VerificationRecord } from './verification-record.ts';
import { type SelectedViews, selectViews, type ViewSelection } from './view-selection.ts';
import { checkPage, Views } from './views.ts';
import { viewsForTable } from './views-for-table.ts';
import { WarmUps } from './warm-ups.ts';

/** Rows to read: a page of the table, or certain rows of it. */
export interface GetDataInput {
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
  readonly ids?: readonly string[] | undefined;
}

/** One Pixano dataset, of either layout. */
export class Dataset {
  /** Pixano's own id. */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** Name of its folder in the library. */
  readonly folder: string;
  readonly path: string;
  readonly layout: Layout;
  readonly items: Items;
  readonly views: Views;
  readonly models: EmbeddingModels;
  readonly remote: RemoteMedia;
  readonly modelIds: ModelIds;
  readonly store: TableStore;
  readonly state: StateFolder;
  readonly warmUps: WarmUps;
  readonly indexes: VectorIndexes;
  readonly #tables: DatasetTables;
  readonly #gone: GoneItems;
  readonly #coverages: EmbeddingCoverages;
  readonly #verifications: VerificationRecord;

  private constructor(path: string, info: DatasetInfo, layout: Layout, options: DatasetOptions) {
    this.id = info.id;
    this.name = info.name;
    this.description = info.description;
    this.folder = basename(path);
    this.path = path;
    this.layout = layout;
    this.models = options.models;
    this.modelIds = options.modelIds ?? {};
    this.store = new TableStore(join(path, 'db'));
    this.state = new StateFolder(dirname(path), options.stateDir);
    this.warmUps = new WarmUps(this.state, this.models, options);
    this.items = new Items(this.store, layout);
    const media = new MediaFolder(options.mediaDir ?? join(dirname(dirname(path)), 'media'));
    this.remote = options.remoteMedia ?? new RemoteMedia([]);
    this.views = new Views(this.store, layout, { media, remote: this.remote });
    this.#tables = new DatasetTables(this);
    this.#verifications = new VerificationRecord(this.state, this);
    this.indexes = new VectorIndexes(this, options.indexRows);
    this.#gone = new GoneItems(this.store, layout, this.views);
    this.#coverages = new EmbeddingCoverages(this.store, this.views, this.#gone);
  }

  /**
   * Opens a dataset's folder: the one with `info.json`.
   * @throws DatasetUnreadableError
   */
  static async open(path: string, options: DatasetOptions): Promise<Dataset> {
    const folder = resolve(path);
    const info = await readDatasetInfo(folder);
    const { patienceMs } = options;
    const layout =
      (await ItemsLayout.open(folder, { patienceMs })) ?? (await RecordsLayout.open(folder, { patienceMs }));
    if (layout === null) throw new DatasetUnreadableError('INFO_MISSING', `${folder} has lost its info.json.`);
    const dataset = new Dataset(folder, info, layout, options);
    await dataset.check();
    await dataset.warmUps.prescribe();
    return dataset;
  }

  /** @throws DatasetUnreadableError where its items are not there, or not readable, any more */
  async check(): Promise<void> {
    const { itemTable } = this.layout;
    await this.store.version(itemTable).catch((cause: unknown) => {
      if (!(cause instanceof NotFoundError)) throw cause;
      const where = this.store.folder.of(itemTable);
      const message = `The dataset in ${this.path} has no table ${where}.`;
      throw new DatasetUnreadableError('TABLES_MISSING', message, { cause });
    });
  }

  /** Every table on disk that can be opened, whether or not Pixano's files name it. */
  tables(): Promise<TableInfo[]> {
    return this.#tables.list();
  }

  /**
   * Rows of any table, in its order, as Pixano's `get_data`.
   * @throws NotFoundError, ValidationError
   */
  async getData(table: string, { limit, offset, ids }: GetDataInput = {}): Promise<Row[]> {
    checkPage({ limit, offset });
    const where = ids === undefined ? undefined : sqlIn('id', ids);
    return Array.fromAsync(this.store.rows(table, { where, limit, offset }));
  }

  /** Tables of view embeddings, by name: those whose metadata, or Pixano 0.8's sidecar, name a function. */
  embeddingTables(): Promise<EmbeddingTable[]> {
    return this.#tables.embeddings();
  }

  unreadableTables(): Promise<UnreadableTable[]> {
    return this.#tables.unreadable();
  }

  /** @throws NotFoundError that names the tables there are */
  async embeddingTable(name: string): Promise<EmbeddingTable> {
    const table = await this.findEmbeddingTable(name);
    if (table !== null) return table;
    const names = (await this.embeddingTables()).map((each) => each.name).join(', ') || 'none';
    throw new NotFoundError(`The dataset "${this.name}" has no embedding table "${name}"; it has: ${names}.`);
  }

  /** Null where there is no such table, or it is not one of embeddings. */
  findEmbeddingTable(name: string): Promise<EmbeddingTable | null> {
    return this.#tables.find(name);
  }

  /** Makes an empty table for the vectors of one function. @throws ValidationError, ConflictError */
  async createTable(input: CreateTableInput): Promise<EmbeddingTable> {
    const create = input.name === this.layout.sidecarTable ? createRecordEmbeddings : createEmbeddingTable;
    await create(this, input);
    return this.embeddingTable(input.name);
  }

  /**
   * Takes an embedding table away, readable or not, with all of its vectors.
   * @throws NotFoundError, ConflictError DATASET_BUSY
   */
  async dropTable(name: string): Promise<void> {
    const unreadable = (await this.unreadableTables()).some((table) => table.name === name);
    if (!unreadable) await this.embeddingTable(name);
    // In this order a crash leaves a table that no file names, and not a name of no table.
    await this.layout.asWriter(async () => {
      await this.layout.unregisterEmbeddingTable(name);
      await this.store.drop(name);
    });
  }

  /**
   * Embeds the views that have no vector yet, and yields where it stands.
   * @param selection rows of a view table, as `getData` gives them, or a table and a limit; every
   *   picture of the dataset where it is left out
   */
  async *computeViewEmbeddings(
    tableName: string,
    selection: ViewSelection = {},
    options: PipelineOptions = {},
  ): AsyncGenerator<EmbeddingProgress> {
    const table = await this.embeddingTable(tableName);
    const selected = await this.selectViews(table, selection, { replace: options.recompute === true });
    await this.#makeKnown(table);
    yield* computeEmbeddings(table, selected, this, options);
  }

  /**
   * The views of a selection whose vectors a table may hold.
   * @throws ValidationError, NotFoundError where it holds what cannot be embedded or is not there
   */
  async selectViews(
    table: EmbeddingTable,
    selection: ViewSelection,
    { replace }: { readonly replace: boolean },
  ): Promise<SelectedViews> {
    const selected = await selectViews(this.views, this.layout, selection);
    return viewsForTable(table, selected, { views: this.views, gone: await this.#gone.ids(), replace });
  }

  /** The items nearest to a text, nearest first, as Pixano's `semantic_search`. */
  async semanticSearch(
    query: string,
    {
      table,
      limit = 10,
      skip = 0,
      signal,
    }: { table?: string; limit?: number; skip?: number; signal?: AbortSignal } = {},
  ): Promise<SearchAnswer> {
    return this.search({ query: { text: query }, table, limit, offset: skip }, { signal });
  }

  search(input: SearchInput, call: Call = {}): Promise<SearchAnswer> {
    return search(this, input, call);
  }

  /** What `search` gives, without reading the items and the views. */
  searchKeys(input: SearchInput, call: Call = {}): Promise<KeyedAnswer> {
    return searchKeys(this, input, call);
  }

  coverage(table: EmbeddingTable): Promise<EmbeddingCoverage> {
    return this.#coverages.of(table);
  }

  async health(table: EmbeddingTable): Promise<HealthReport> {
    const standing = this.store.version(table.name).then((version) => this.#verifications.standing(table, version));
    const known = await unlessUnreadable(Promise.all([this.coverage(table), standing, this.indexes.findings(table)]));
    if (known instanceof DatasetUnreadableError) return corrupt(known);
    const [coverage, verified, ofIndex] = known;
    return healthOf(table, coverage, this.models, { verified, ofIndex });
  }

  /**
   * Reads every vector of an embedding table, computes a sample of them anew and says how near they
   * are. What is wrong is kept, and is part of the table's health until it is put right.
   * @throws NotFoundError, ValidationError, PluginError, DatasetUnreadableError, or the signal's reason
   */
  async verify(tableName: string, options: VerifyOptions = {}): Promise<KeptVerification> {
    const table = await this.embeddingTable(tableName);
    const version = await this.store.version(tableName);
    return this.#verifications.keep(table, version, await verifyTable(table, this, options));
  }

  /** A Pixano that was running when the table was made may have written the dataset's files without it since. */
  async #makeKnown({ name, dimensions }: EmbeddingTable): Promise<void> {
    if (await this.layout.knows(name)) return;
    await this.layout.registerEmbeddingTable(name, dimensions, SchemaRelation.OneToOne);
  }
}
