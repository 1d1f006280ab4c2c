/**
 * Embeds picture files and texts with a model of open-clip, and prints what comes out of each step as JSON,
 * vectors and pixels as single floats in base 64: `{"pictures": [{pixels, vector}], "texts": [{tokens, vector}]}`.
 * Standard input says what: `{"pictures": [PATH], "texts": [TEXT]}`.
 *
 *   node tools/embed-file.ts FOLDER_OF_MODELS OPTIONS < WHAT
 *
 * OPTIONS are those of the function open-clip, as JSON.
 */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { json } from 'node:stream/consumers';
import { z } from 'zod';
import { preparePicture } from '../src/imaging/prepare-picture.ts';
import { EmbeddingError } from '../src/plugins/embedding-plugin.ts';
import { ClipModel } from '../src/plugins/open-clip/clip-model.ts';
import { ClipTokenizer } from '../src/plugins/open-clip/clip-tokenizer.ts';
import { findModelFolder } from '../src/plugins/open-clip/model-folder.ts';
import { describeModel } from '../src/plugins/open-clip/model-layout.ts';
import { clipOptions } from '../src/plugins/open-clip/options.ts';
import { pictureRecipe } from '../src/plugins/pictures/picture-recipe.ts';

const wanted = z.object({ pictures: z.array(z.string()), texts: z.array(z.string()) });

async function embed(models: string, options: z.output<typeof clipOptions>, what: z.output<typeof wanted>) {
  const modelFolders = [resolve(models)];
  const search = await findModelFolder(options, modelFolders);
  if (!search.found) throw new EmbeddingError('MODEL_MISSING', 'final', search.reason);
  const { picture, tokens } = await describeModel(search.layout, options);
  const recipe = pictureRecipe(picture);
  await using model = await ClipModel.load(options, { modelFolders, threads: 2 });
  const pictures = [];
  for (const path of what.pictures) {
    const bytes = await readFile(path);
    const pixels = new Float32Array(3 * recipe.size.height * recipe.size.width);
    await preparePicture(bytes, recipe, pixels);
    const [vector] = await model.embedImages([await model.prepareImage(bytes)]);
    pictures.push({ pixels: base64(pixels), vector: base64(vector) });
  }
  const texts = [];
  const tokenizer = model.modalities.includes('text') ? await ClipTokenizer.open(search.layout.textual, tokens) : null;
  for (const text of tokenizer ? what.texts : []) {
    const [vector] = await model.embedTexts([text]);
    texts.push({ tokens: Array.from(tokenizer?.encode(text).ids ?? []), vector: base64(vector) });
  }
  return { pictures, texts };
}

function base64(floats: Float32Array = new Float32Array()): string {
  return Buffer.from(floats.buffer, floats.byteOffset, floats.byteLength).toString('base64');
}

try {
  const [models = '', options = '{}'] = process.argv.slice(2);
  const parsed = clipOptions.parse(JSON.parse(options));
  console.log(JSON.stringify(await embed(models, parsed, wanted.parse(await json(process.stdin)))));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
