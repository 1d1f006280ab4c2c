/**
 * Pixano's tutorial "Embeddings for Semantic Search", step by step.
 *
 *   npx --no-install node examples/tutorial.ts LIBRARY/health_images MEDIA MODELS
 */
import { Dataset, SchemaRelation, ViewEmbedding } from 'viewfinder';

const [path = 'library/health_images', mediaDir = 'media', models = 'models'] = process.argv.slice(2);

async function tutorial(): Promise<void> {
  // dataset = Dataset("library/health_images", media_dir="media")
  const dataset = await Dataset.open(path, { mediaDir, models });

  // schema = ViewEmbedding.create_schema(embedding_fn="open-clip", table_name="emb_open-clip", dataset=dataset)
  const schema = await ViewEmbedding.createSchema({
    embeddingFunction: 'open-clip',
    tableName: 'emb_open-clip',
    dataset,
  });

  // dataset.create_table(name="emb_open-clip", schema=schema, relation_item=SchemaRelation.ONE_TO_ONE, mode="create")
  await dataset.createTable({
    name: 'emb_open-clip',
    schema,
    relation: SchemaRelation.OneToOne,
    mode: 'create',
  });

  // views = dataset.get_data("image", limit=100)
  const views = await dataset.getData('image', { limit: 100 });

  // dataset.compute_view_embeddings("emb_open-clip", views)
  for await (const { embedded, failed, total } of dataset.computeViewEmbeddings('emb_open-clip', views)) {
    console.log(`${embedded} of ${total} embedded, ${failed} failed`);
  }

  // items, distances, _ = dataset.semantic_search("microscope", "emb_open-clip", limit=5, skip=0)
  const { hits } = await dataset.semanticSearch('microscope', { table: 'emb_open-clip', limit: 5, skip: 0 });
  for (const { item, distance } of hits) console.log(distance.toFixed(4), item.id, item.attributes);
}

await tutorial().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
