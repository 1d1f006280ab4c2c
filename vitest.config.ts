import { createRequire } from 'node:module';
import { defineConfig } from 'vitest/config';

const require = createRequire(import.meta.url);

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // The exchange with the real Pixano has a configuration of its own.
    exclude: ['test/pixano/**'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Each test file opens its own copy of a library; two cores are enough for two of them.
    maxWorkers: 2,
  },
  resolve: {
    // The ESM and the CommonJS build of graphql are two copies with two sets of classes.
    alias: [{ find: /^graphql$/, replacement: require.resolve('graphql') }],
  },
});
