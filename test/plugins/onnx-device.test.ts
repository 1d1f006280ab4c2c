import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { executionProviders } from '../../src/plugins/onnx-device.ts';

const TRIAL = fileURLToPath(new URL('../../src/plugins/onnx-device-process.ts', import.meta.url));
const attempt = (provider: string) => promisify(execFile)(process.execPath, [TRIAL, provider]);
const cuda = await attempt('cuda').then(
  () => true,
  () => false,
);

describe('graphs run', () => {
  test('on the CPU where that is asked for', async () => {
    expect(await executionProviders('cpu')).toEqual(['cpu']);
  });

  test('on what there is where nothing is asked for', async () => {
    expect(await executionProviders('auto')).toEqual(cuda ? ['cuda', 'cpu'] : ['cpu']);
    expect(await executionProviders()).toEqual(await executionProviders('auto'));
  });

  test.skipIf(cuda)('nowhere where a GPU is asked for that is not there, with a sentence', async () => {
    await expect(executionProviders('cuda')).rejects.toMatchObject({
      code: 'PLUGIN_UNAVAILABLE',
      fault: 'final',
      message: /^The device "cuda" cannot be used: .+\. Install CUDA .* or set the device to auto or cpu\.$/,
    });
  });
});

describe('a provider is tried', () => {
  test('with a graph that runs', async () => {
    expect(await attempt('cpu')).toMatchObject({ stdout: '', stderr: '' });
  });

  test('and fails with a line that says why', async () => {
    const failed = { code: 1, stderr: expect.stringMatching(/^.+\n/) };
    await expect(attempt('no-such-provider')).rejects.toMatchObject(failed);
  });
});
