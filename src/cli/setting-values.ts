import { z } from 'zod';

const description = z.object({
  type: z.string().optional(),
  format: z.string().optional(),
  enum: z.array(z.string()).optional(),
  minimum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
  maximum: z.number().optional(),
  items: z.object({ type: z.string().optional() }).optional(),
  default: z.unknown().optional(),
});

/** What a schema takes, in the words of JSON Schema. */
export function describe(schema: z.ZodType) {
  return description.parse(z.toJSONSchema(schema, { io: 'input' }));
}

/** In plain words, such as `a whole number from 0 to 65535`. */
export function valuesOf(schema: z.infer<typeof description>): string {
  const { type, items } = schema;
  if (schema.enum !== undefined) return `one of ${schema.enum.join(', ')}`;
  if (type === 'integer') return `a whole number${rangeOf(schema)}`;
  if (type === 'number') return `a number${rangeOf(schema)}`;
  if (type === 'boolean') return 'true or false';
  if (type === 'string') return schema.format === 'uri' ? 'an http or https address' : 'a text';
  if (type === 'array') return items?.type === 'string' ? 'a list of texts' : 'a list of objects';
  return 'an object';
}

function rangeOf({ minimum, exclusiveMinimum, maximum = Infinity }: z.infer<typeof description>): string {
  const most = maximum < Number.MAX_SAFE_INTEGER ? maximum : undefined;
  if (exclusiveMinimum !== undefined)
    return ` above ${exclusiveMinimum}${most === undefined ? '' : `, at most ${most}`}`;
  if (most === undefined) return ` of at least ${minimum}`;
  return ` from ${minimum} to ${most}`;
}

/**
 * What somebody has written, in a flag or a variable: lists with commas, objects as JSON. What cannot be read is left
 * as it is, for the schema to refuse.
 */
export function fromText(schema: z.ZodType, text: string): unknown {
  const { type, items } = describe(schema);
  if (type === 'string') return text;
  if (type === 'array' && items?.type === 'string' && !text.trimStart().startsWith('[')) {
    return text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
  }
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
