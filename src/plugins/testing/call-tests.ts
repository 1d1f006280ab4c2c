import { deepEqual, fail, match, ok } from 'node:assert/strict';
import type { EmbeddingModel } from '../embedding-plugin.ts';
import { loadInChild } from '../model-host.ts';
import { badPictures, HARD_TEXTS } from './bad-inputs.ts';
import type { ConformanceCase } from './conformance-case.ts';
import type { Trial } from './subject.ts';
import { assertSame, assertVectors } from './vectors.ts';

const REASON = new Error('the suite has aborted this call');

/** Promises about calls that are not the usual one. */
export function callTests(trial: Trial): ConformanceCase[] {
  const cases: ConformanceCase[] = [
    ...trial.inputs.flatMap((inputs) => {
      const { plural, places, embed } = inputs;
      return [
        {
          name: `stops for ${plural} whose signal aborts, and goes on with others`,
          async run() {
            await using model = await trial.load();
            const before = await embed(model, places);
            const signal = AbortSignal.abort(REASON);
            ok(
              (await errorOf(embed(model, places, { signal }))) === REASON,
              'An aborted call must reject with the reason.',
            );
            for (const abort of [queueMicrotask, setImmediate])
              await abortDuring(abort, (call) => embed(model, places, call));
            assertSame(await embed(model, places), before, trial.tolerance, `After an abort, the vectors of ${plural}`);
          },
        },
        {
          name: `answers no ${plural} with no vectors`,
          async run() {
            await using model = await trial.load();
            const empty = inputs.modality === 'image' ? model.embedImages([]) : model.embedTexts([]);
            deepEqual(await empty, []);
          },
        },
      ];
    }),
    {
      name: 'answers calls that run at once as it answers each alone',
      async run() {
        await using model = await trial.load();
        const alone = [];
        for (const { embed, places } of trial.inputs) alone.push(await embed(model, places));
        const atOnce = await Promise.all(
          Array.from({ length: model.maxConcurrency }, () =>
            Promise.all(trial.inputs.map(({ embed, places }) => embed(model, places))),
          ),
        );
        for (const answers of atOnce) {
          for (const [which, vectors] of answers.entries()) {
            assertSame(vectors, alone[which] ?? [], trial.tolerance, 'The vectors of calls at once');
          }
        }
      },
    },
    {
      name: 'is cancelled at once where Viewfinder loads it, and answers the next call',
      async run() {
        await using model = await loadInChild(trial.module, trial.options, trial.context);
        for (const { embed, places } of trial.inputs) {
          const controller = new AbortController();
          const call = errorOf(embed(model, places, controller));
          controller.abort(REASON);
          ok((await call) === REASON, 'An aborted call must reject with the reason.');
          assertVectors(await embed(model, places), places.length, model);
        }
      },
    },
  ];
  if (trial.images.length > 0) cases.push(badPictureCase(trial));
  if (trial.texts.length > 0) cases.push(hardTextCase(trial));
  return cases;
}

function badPictureCase(trial: Trial): ConformanceCase {
  return {
    name: 'names what is wrong with a bad picture, and goes on with the next',
    async run() {
      const [good = new Uint8Array()] = trial.images;
      const pixels = 40 * 40;
      await using model = await trial.plugin.load(trial.options, { ...trial.context, maxPixels: pixels });
      for (const { what, bytes } of await badPictures(good, pixels)) {
        const error = await errorOf(model.prepareImage(bytes));
        assertAboutInput(error, what, /^MEDIA_/);
      }
      await using other = await trial.load();
      assertVectors(await other.embedImages([await other.prepareImage(good)]), 1, other);
      const released = { from: 'another model' };
      ok(await errorOf(other.embedImages([released])), 'It embeds an image that it has not prepared.');
    },
  };
}

/** What no model expects must neither end it nor give a vector that is none. */
function hardTextCase(trial: Trial): ConformanceCase {
  return {
    name: 'embeds hard texts, or names what is wrong with them',
    async run() {
      await using model = await trial.load();
      for (const [what, text] of Object.entries(HARD_TEXTS)) {
        const answer = await model.embedTexts([text]).catch((error: unknown) => assertAboutInput(error, what, /./));
        if (answer) assertVectors(answer, 1, model);
      }
    },
  };
}

function assertAboutInput(error: unknown, what: string, code: RegExp): void {
  if (!(error instanceof Error)) fail(`It takes ${what}.`);
  const told = `Of ${what} it says "${error.message}"`;
  // The plugin may have its own copy of the class.
  ok(error.name === 'EmbeddingError', `${told}, which is no EmbeddingError.`);
  ok('fault' in error && error.fault === 'input', `${told}, whose fault is not "input".`);
  match('code' in error ? String(error.code) : '', code, `${told}, whose code is of something else.`);
  match(error.message, /\w+ \w+/, `${told}, which is no sentence.`);
}

/** A call that is aborted while it runs ends one way or the other. */
async function abortDuring(
  soon: (abort: () => void) => unknown,
  call: (options: { readonly signal: AbortSignal }) => ReturnType<EmbeddingModel['embedTexts']>,
): Promise<void> {
  const controller = new AbortController();
  const running = errorOf(call(controller));
  soon(() => controller.abort(REASON));
  const error = await running;
  ok(error === undefined || error === REASON, `An aborted call rejects with something else than the reason: ${error}`);
}

function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}
