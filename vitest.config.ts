import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    pool: 'forks',
    include: ['packages/*/test/**/*.test.ts'],
    // What hangs ends; what is slow, on a busy machine, is no failure.
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
