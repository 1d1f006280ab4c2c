import { deepEqual, match, ok, rejects } from 'node:assert/strict';
import { loadInChild } from '../model-host.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { type ConformanceSubject, parsed, type Trial } from './subject.ts';
import { assertSame } from './vectors.ts';

/** What a plugin says of itself and of its models. */
export function loadingTests(trial: Trial, { missing, modalities }: ConformanceSubject): ConformanceCase[] {
  const { plugin, options, context, inputs, tolerance } = trial;
  const cases: ConformanceCase[] = [
    {
      name: 'can run here',
      async run() {
        deepEqual(await plugin.availability(), { available: true });
      },
    },
    {
      name: 'takes its options back from a table’s metadata, as JSON',
      async run() {
        const kept: unknown = JSON.parse(JSON.stringify(options));
        deepEqual(kept, options, 'The options are more than JSON can say.');
        deepEqual(await parsed(plugin, kept), options, 'Options that the schema gave come back otherwise.');
        const shown = plugin.options['~standard'].jsonSchema.input({ target: 'draft-2020-12' });
        ok(shown.type === 'object', 'The JSON Schema of the options is not that of an object.');
      },
    },
    {
      name: 'finds its model without loading it, and describes what it then loads',
      async run() {
        const location = await plugin.locate(options, context);
        ok(location.installed, location.installed ? '' : location.reason);
        await using model = await trial.load();
        ok(
          location.dimensions === null || location.dimensions === model.dimensions,
          `\`locate\` promises ${location.dimensions} dimensions, and the model has ${model.dimensions}.`,
        );
        deepEqual([...model.modalities].sort(), [...(modalities ?? plugin.modalities)].sort());
        for (const { most, modality } of inputs) ok(most(model) >= 1, `A call carries no ${modality}.`);
        ok(model.maxConcurrency >= 1, 'No call may run.');
      },
    },
    {
      name: 'gives the same vectors in a process of its own, where Viewfinder loads it',
      async run() {
        await using here = await trial.load();
        await using there = await loadInChild(trial.module, options, context);
        for (const { embed, places, plural } of inputs) {
          const expected = await embed(here, places);
          assertSame(await embed(there, places), expected, tolerance, `The vectors of ${plural} in another process`);
        }
      },
    },
  ];
  if (missing === undefined) return cases;
  return [
    ...cases,
    {
      name: 'says where it looked for a model that is not there',
      async run() {
        const absent = await parsed(plugin, missing);
        const location = await plugin.locate(absent, context);
        ok(!location.installed, 'It says that the model is installed.');
        match(location.reason, /\w+ .*\w+/, 'The reason is no sentence.');
        await rejects(plugin.load(absent, context), { code: 'MODEL_MISSING', fault: 'final' });
      },
    },
  ];
}
