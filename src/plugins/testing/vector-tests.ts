import { ok } from 'node:assert/strict';
import type { EmbeddingModel } from '../embedding-plugin.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { type Inputs, imageInputs, textInputs } from './inputs.ts';
import type { ConformanceSubject, Trial } from './subject.ts';
import { assertSame, assertVectors, difference } from './vectors.ts';

/** A full batch shows its order and count; more inputs show no more. */
const FULL = 64;

/** Promises about the vectors of good input. */
export function vectorTests(trial: Trial, { references }: ConformanceSubject): ConformanceCase[] {
  const cases = trial.inputs.flatMap((inputs) => casesOf(inputs, trial));
  for (const reference of [imagesOf(references), textsOf(references)]) {
    if (reference === undefined) continue;
    const { inputs, vectors } = reference;
    cases.push({
      name: `gives the reference vectors of ${inputs.plural}`,
      async run() {
        await using model = await trial.load();
        assertSame(await inputs.embed(model, inputs.places), vectors, trial.tolerance, `Of ${inputs.plural}`);
      },
    });
  }
  return cases;
}

function casesOf(inputs: Inputs, trial: Trial): ConformanceCase[] {
  const { plural, places, embed, most } = inputs;
  const { tolerance } = trial;
  const test = (name: string, check: (model: EmbeddingModel) => Promise<void>): ConformanceCase => ({
    name,
    async run() {
      await using model = await trial.load();
      await check(model);
    },
  });
  return [
    test(`gives one vector for each of one, some and a full batch of ${plural}: of its dimensions, finite, normalised as it promises`, async (model) => {
      for (const count of [1, places.length, Math.min(most(model), FULL)]) {
        const some = Array.from({ length: count }, (_, index) => index);
        assertVectors(await embed(model, some), count, model);
      }
    }),
    test(`keeps the order of ${plural}`, async (model) => {
      const vectors = await embed(model, places);
      for (const [place, vector] of vectors.entries()) {
        for (const other of vectors.slice(place + 1)) {
          const told = `Two ${plural} of the test give the same vector, so that their order cannot be told: give it others.`;
          ok(difference(vector, other) > 4 * tolerance, told);
        }
      }
      const reversed = await embed(model, places.toReversed());
      assertSame(reversed.toReversed(), vectors, tolerance, `The vectors of ${plural} in the opposite order`);
    }),
    test(`gives for the same ${plural} the same vectors`, async (model) => {
      const vectors = await embed(model, places);
      assertSame(await embed(model, places), vectors, tolerance, `The vectors of the same ${plural} a second time`);
      await using other = await trial.load();
      assertSame(await embed(other, places), vectors, tolerance, `The vectors of ${plural} after another load`);
    }),
    test(`gives for a batch of ${plural} what it gives for each alone`, async (model) => {
      const together = await embed(model, places);
      const alone: Float32Array[] = [];
      for (const place of places) alone.push(...(await embed(model, [place])));
      assertSame(together, alone, tolerance, `The vectors of ${plural} in a batch`);
    }),
  ];
}

type References = ConformanceSubject['references'];

function imagesOf(references: References) {
  const images = references?.images;
  if (images === undefined) return undefined;
  return { inputs: imageInputs(images.map(({ bytes }) => bytes)), vectors: images.map(vectorOf) };
}

function textsOf(references: References) {
  const texts = references?.texts;
  if (texts === undefined) return undefined;
  return { inputs: textInputs(texts.map(({ text }) => text)), vectors: texts.map(vectorOf) };
}

function vectorOf({ vector }: { readonly vector: ArrayLike<number> }): Float32Array {
  return Float32Array.from(vector);
}
