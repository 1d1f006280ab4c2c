import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import sharp from 'sharp';
import { conformanceTests } from 'viewfinder/plugin-testing';
import plugin from './index.js';

const options = { side: 64 };
const model = await plugin.load(options, { modelFolders: [], threads: 1 });

/** A picture of vertical stripes, each of one colour. */
async function striped(...colours) {
  const width = 20;
  const stripes = colours.map((background, index) => ({
    input: { create: { width, height: 60, channels: 3, background } },
    left: index * width,
    top: 0,
  }));
  const canvas = sharp({ create: { width: width * colours.length, height: 60, channels: 3, background: 'white' } });
  return model.prepareImage(await canvas.composite(stripes).png().toBuffer());
}

/** The names of the pictures, those of a text’s colours first. */
async function ranked(text, pictures) {
  const [query] = await model.embedTexts([text]);
  const vectors = await model.embedImages(Object.values(pictures));
  const likeness = vectors.map((vector) => vector.reduce((sum, value, index) => sum + value * query[index], 0));
  return Object.keys(pictures).sort((a, b) => {
    const place = (name) => Object.keys(pictures).indexOf(name);
    return likeness[place(b)] - likeness[place(a)];
  });
}

describe('the contract', async () => {
  const texts = ['red and white', 'dark blue', 'yellow, green', 'black', 'a grey picture'];
  const module = new URL('./index.js', import.meta.url);
  for (const { name, timeout, run } of await conformanceTests({ module, texts })) test(name, { timeout }, run);
});

describe('a text finds the pictures of its colours', async () => {
  const pictures = {
    poppies: await striped('#c81e1e', '#2d7a34', '#c02018'),
    flag: await striped('#c81e1e', '#ffffff', '#c81e1e'),
    sea: await striped('#123a8c', '#1e50b4', '#16307a'),
    snow: await striped('#ffffff', '#f4f6fa', '#e8ecf2'),
  };
  for (const [text, first] of [
    ['red and white', 'flag'],
    ['something red with green', 'poppies'],
    ['dark blue', 'sea'],
    ['WHITE!', 'snow'],
  ]) {
    test(text, async () => assert.equal((await ranked(text, pictures))[0], first));
  }

  test('and one without a colour is refused with those that there are', async () => {
    const refused = {
      code: 'MODEL_REFUSED',
      fault: 'input',
      message: /“a cat” names no colour. It may name black, white/,
    };
    await assert.rejects(model.embedTexts(['a cat']), refused);
  });
});
