import { ValidationError } from '../core/errors.ts';
import { builder } from './builder.ts';
import type { UploadedFile } from './uploaded-file.ts';

/** Bytes of the largest file where the service does not say otherwise. */
export const LARGEST_UPLOAD = 20 * 1024 * 1024;

builder.scalarType('Upload', {
  description:
    'A file, sent as the GraphQL multipart request specification has it; the request needs the header `x-graphql-yoga-csrf`.',
  serialize: () => {
    throw new Error('A file is never part of an answer.');
  },
  parseValue: (value) => {
    if (isFile(value)) return value;
    throw ValidationError.at('image', 'An Upload is a file of a multipart request.');
  },
});

/** @throws ValidationError where it is too large */
export async function bytesOf(file: UploadedFile, path: string, largest: number): Promise<Uint8Array> {
  if (file.size <= largest) return new Uint8Array(await file.arrayBuffer());
  throw ValidationError.at(
    path,
    `The file has ${file.size} bytes; at most ${largest} are taken ("maxUploadMb" in the configuration).`,
  );
}

function isFile(value: unknown): value is UploadedFile {
  return (
    typeof value === 'object' &&
    value !== null &&
    'size' in value &&
    typeof value.size === 'number' &&
    'arrayBuffer' in value &&
    typeof value.arrayBuffer === 'function'
  );
}
