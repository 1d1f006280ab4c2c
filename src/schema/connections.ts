import { defineConnection } from './connection.ts';
import { DatasetRef, ItemRef, ViewEmbeddingRef, ViewRef } from './refs.ts';

export const DatasetConnection = defineConnection('Dataset', DatasetRef);
export const ItemConnection = defineConnection('Item', ItemRef);
export const ViewConnection = defineConnection('View', ViewRef);
export const ViewEmbeddingConnection = defineConnection('ViewEmbedding', ViewEmbeddingRef);
