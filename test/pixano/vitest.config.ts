import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import others from '../../vitest.config.ts';

/** The exchange with the real Pixano, which `npm test` leaves out: it needs Python environments. */
export default defineConfig({
  ...others,
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    include: ['test/pixano/**/*.test.ts'],
    testTimeout: 240_000,
    hookTimeout: 240_000,
    fileParallelism: false,
    reporters: ['verbose'],
  },
});
