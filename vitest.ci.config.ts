import { defineConfig } from 'vitest/config';

/** The longer suites (npm run test:ci): processes, faults, conformance. One file at a time: each starts processes. */
export default defineConfig({
  test: {
    pool: 'forks',
    include: ['packages/*/test-ci/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 180_000,
    passWithNoTests: true,
  },
});
