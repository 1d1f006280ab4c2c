import { ValidationError } from '../core/errors.ts';
import type { EmbeddingPlugin } from '../plugins/embedding-plugin.ts';

/** `key=value` of `--option`, each value read as the plugin's schema declares it. @throws ValidationError */
export function optionValues(pairs: readonly string[], plugin: EmbeddingPlugin | undefined): Record<string, unknown> {
  const schema = plugin?.options['~standard'].jsonSchema.input({ target: 'draft-2020-12' });
  return Object.fromEntries(
    pairs.map((pair) => {
      const [key = '', ...rest] = pair.split('=');
      if (key === '' || rest.length === 0) {
        throw ValidationError.at('option', `"${pair}" is not of the form key=value.`);
      }
      return [key, parseValue(rest.join('='), declaredType(schema, key))];
    }),
  );
}

function parseValue(text: string, type: unknown): unknown {
  if (type === 'string') return text;
  try {
    return JSON.parse(text);
  } catch {
    // The plugin's schema says what is wrong with it.
    return text;
  }
}

function declaredType(schema: unknown, key: string): unknown {
  const properties = isRecord(schema) && isRecord(schema.properties) ? schema.properties : {};
  const property = properties[key];
  return isRecord(property) ? property.type : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
