import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const BENCH = fileURLToPath(new URL('../../bench/embed.ts', import.meta.url));
const HISTOGRAM = fileURLToPath(new URL('../../examples/plugin-colour-histogram/index.js', import.meta.url));

/** The models of the plugins that run here are large, and left to the benchmark itself. */
describe('bench:embed', () => {
  test.each([
    ['openai-compatible', 'a server with 1 ms for a picture'],
    ['pixano-inference', 'a server with 1 ms for a picture'],
    [HISTOGRAM, 'colour-histogram'],
  ])('measures %s beside the bare engine', async (plugin, model) => {
    const args = ['--plugin', plugin, '--images', '20', '--rounds', '1', '--server-ms', '1', '--json'];
    const { stdout } = await promisify(execFile)(process.execPath, [BENCH, ...args]);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ plugin, model, images: 20, batch: 8, threads: 2 });
    for (const key of [
      'endToEndPerSecond',
      'rawInferencePerSecond',
      'prepareMsPerImage',
      'idealPerSecond',
      'ratio',
      'ratioToRaw',
      'peakRssMb',
    ]) {
      expect(result[key], key).toBeGreaterThan(0);
    }
  });

  test('names the plugins that it knows where another is asked for', async () => {
    const run = promisify(execFile)(process.execPath, [BENCH, '--plugin', 'imagebind']);
    await expect(run).rejects.toMatchObject({
      stderr: expect.stringContaining(
        '--plugin is one of open-clip, transformers, siglip, openai-compatible, pixano-inference, or the path of a plugin',
      ),
    });
  });
});
