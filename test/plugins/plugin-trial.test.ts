import { expect, test } from 'vitest';
import { tryModule } from '../../src/plugins/plugin-trial.ts';

const module = (source: string) => `data:text/javascript,${encodeURIComponent(source)}`;

test('a module that is only imported is let go, whatever it leaves open', async () => {
  await tryModule(module('setInterval(() => {}, 1000);'));
});

test('one that throws passes: to import it anew says why', async () => {
  await tryModule(module('throw new Error("no licence");'));
});

test.each(['for (;;);', 'setInterval(() => {}, 1000); await new Promise(() => {});'])(
  'one that never comes to an end is ended: %s',
  async (source) => {
    await expect(tryModule(module(source), 2000)).rejects.toThrow('its top level does not come to an end within 2 s');
  },
);
