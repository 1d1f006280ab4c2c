/**
 * Examines the model in this folder through the real open-clip plugin. Run by itself it writes the
 * figures to `quality.json`:
 *
 *     node models/demo-clip/evaluate.ts
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { shows } from '../../src/demo/scene.ts';
import type { EmbeddingModel } from '../../src/plugins/embedding-plugin.ts';
import openClip from '../../src/plugins/open-clip/index.ts';
import { examination, examinationPicture, type Question } from './examination.ts';

/** How many of the questions have a right picture at the first place. */
export interface Score {
  readonly right: number;
  readonly of: number;
}

/** Cosines of searches with the picture that each finds first. */
export interface Confidence {
  readonly p5: number;
  readonly median: number;
  readonly p95: number;
}

/** What the model is worth; `examination.ts` says what each part asks. */
export interface Quality {
  readonly pictures: number;
  readonly twoAttributes: Score;
  readonly threeAttributes: Score;
  readonly wording: Score;
  readonly confidence: {
    /** Of all questions above. */
    readonly seen: Confidence;
    /** Of searches for what no picture shows. */
    readonly unseen: Confidence;
    /** The share of the questions above, then of the unseen, that are above `cut`. */
    readonly cut: { readonly cosine: number; readonly seenAbove: number; readonly unseenAbove: number };
  };
}

/** Between what the model knows and what it does not; as squared distance: 2 - 2 * 0.3 = 1.4. */
const CUT = 0.3;

/** Takes about 10 s on two cores. */
export async function evaluate(): Promise<Quality> {
  const { scenes, twoAttributes, threeAttributes, wording, unseen } = examination();
  const options = await openClip.options['~standard'].validate({ name: 'demo-clip', pretrained: '' });
  if (options.issues) throw new Error(`The options are refused: ${JSON.stringify(options.issues)}`);
  await using model = await openClip.load(options.value, {
    modelFolders: [join(import.meta.dirname, '..')],
    threads: 2,
  });
  const pictures = await inBatches(scenes, model.maxBatch.image, async (batch, start) => {
    const prepared = batch.map(async (scene, offset) =>
      model.prepareImage(await examinationPicture(scene, start + offset)),
    );
    return model.embedImages(await Promise.all(prepared));
  });
  const answer = async (questions: readonly Question[]): Promise<{ score: Score; cosines: number[] }> => {
    const found = await search(
      model,
      pictures,
      questions.map(({ text }) => text),
    );
    const right = questions.filter(({ says }, index) => {
      const shown = scenes[found[index]?.picture ?? -1];
      return shown !== undefined && shows(shown, says);
    });
    return { score: { right: right.length, of: questions.length }, cosines: found.map(({ cosine }) => cosine) };
  };

  const answers = {
    two: await answer(twoAttributes),
    three: await answer(threeAttributes),
    wording: await answer(wording),
  };
  const seen = Object.values(answers).flatMap(({ cosines }) => cosines);
  const other = (await search(model, pictures, unseen)).map(({ cosine }) => cosine);
  return {
    pictures: pictures.length,
    twoAttributes: answers.two.score,
    threeAttributes: answers.three.score,
    wording: answers.wording.score,
    confidence: {
      seen: confidence(seen),
      unseen: confidence(other),
      cut: { cosine: CUT, seenAbove: shareAbove(seen), unseenAbove: shareAbove(other) },
    },
  };
}

/** The nearest picture to each text. */
async function search(
  model: EmbeddingModel,
  pictures: readonly Float32Array[],
  texts: readonly string[],
): Promise<{ picture: number; cosine: number }[]> {
  const vectors = await inBatches(texts, model.maxBatch.text, (batch) => model.embedTexts(batch));
  return vectors.map((vector) => {
    const cosines = pictures.map((picture) =>
      picture.reduce((sum, value, index) => sum + value * (vector[index] ?? 0), 0),
    );
    const cosine = Math.max(...cosines);
    return { picture: cosines.indexOf(cosine), cosine };
  });
}

async function inBatches<In, Out>(
  inputs: readonly In[],
  size: number,
  run: (batch: readonly In[], start: number) => Promise<Out[]>,
): Promise<Out[]> {
  const outputs: Out[] = [];
  for (let start = 0; start < inputs.length; start += size) {
    outputs.push(...(await run(inputs.slice(start, start + size), start)));
  }
  return outputs;
}

function confidence(cosines: readonly number[]): Confidence {
  const sorted = cosines.toSorted((a, b) => a - b);
  const at = (share: number): number => rounded(sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN);
  return { p5: at(0.05), median: at(0.5), p95: at(0.95) };
}

function shareAbove(cosines: readonly number[]): number {
  return rounded(cosines.filter((cosine) => cosine > CUT).length / cosines.length);
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

if (import.meta.main) {
  const quality = await evaluate();
  await writeFile(join(import.meta.dirname, 'quality.json'), `${JSON.stringify(quality, null, 2)}\n`);
  console.log(JSON.stringify(quality, null, 2));
}
