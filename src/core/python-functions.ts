/** The embedding functions of Python's LanceDB 0.29, with which Pixano searches and extends tables. */
const PYTHON_FUNCTIONS: ReadonlySet<string> = new Set([
  'bedrock-text',
  'cohere',
  'colbert',
  'colpali',
  'gemini-text',
  'gte-text',
  'huggingface',
  'imagebind',
  'instructor',
  'jina',
  'ollama',
  'open-clip',
  'openai',
  'sentence-transformers',
  'siglip',
  'voyageai',
  'watsonx',
]);

/** What whoever makes a table must know of a function that only Viewfinder has; null of the others. */
export function functionNotice(embeddingFunction: string): string | null {
  if (PYTHON_FUNCTIONS.has(embeddingFunction)) return null;
  return `Python's LanceDB has no function "${embeddingFunction}": Pixano can read the table, but neither search nor extend it.`;
}
