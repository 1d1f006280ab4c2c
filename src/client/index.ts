export { type ClientOptions, createClient, type ViewfinderClient } from './client.ts';
export { type GraphQLProblem, OperationError, TransportError } from './errors.ts';
export type { FollowOptions } from './follow.ts';
export * from './operations.ts';
export type { TypedDocument } from './typed-document.ts';
