import { describe, expect, test } from 'vitest';
import { optionValues } from '../../src/cli/option-values.ts';
import openClip from '../../src/plugins/open-clip/index.ts';

describe('options at the shell', () => {
  test('are read as the plugin declares them', () => {
    expect(optionValues(['name=123', 'batch_size=8', 'normalize=false', 'pretrained='], openClip)).toEqual({
      name: '123',
      batch_size: 8,
      normalize: false,
      pretrained: '',
    });
  });

  test('may hold "=", and stay text where they are no JSON', () => {
    expect(optionValues(['device=a=b', 'unknown=[1]', 'other=many'], openClip)).toEqual({
      device: 'a=b',
      unknown: [1],
      other: 'many',
    });
  });

  test.each(['name', '=x', ''])('are refused where they are of another form: "%s"', (pair) => {
    expect(() => optionValues([pair], undefined)).toThrow(`"${pair}" is not of the form key=value.`);
  });
});
