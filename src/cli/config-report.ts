import type { Configuration } from './config.ts';
import { SETTINGS } from './setting.ts';

/** Every setting as it is, in JSON: `{"port": {"value": 4000, "source": "default", "from": null}, …}`; secrets are hidden. */
export function configReport({ config, given }: Configuration): string {
  const entries = SETTINGS.map(({ key, secret }) => {
    const known = given.get(key);
    const value = known === undefined ? valueAt(config, key) : known.value;
    const hidden = secret && known !== undefined;
    return [key, { value: hidden ? '(secret)' : value, source: known?.source ?? 'default', from: known?.name ?? null }];
  });
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`;
}

function valueAt(config: object, key: string): unknown {
  return (
    key.split('.').reduce<unknown>((value, name) => new Map(Object.entries(value ?? {})).get(name), config) ?? null
  );
}
