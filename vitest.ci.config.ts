import { defineConfig } from 'vitest/config';

const LONG = { pool: 'forks', testTimeout: 900_000, hookTimeout: 900_000, passWithNoTests: true } as const;

/** The longer suites (npm run test:ci): official data and random blocks on one side, real processes on the other. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...LONG,
          name: 'conformance',
          include: [
            'packages/{consensus,executor}/test-ci/**/*.test.ts',
            'packages/node/test-ci/conformance/**/*.test.ts',
          ],
          maxWorkers: 2,
        },
      },
      {
        test: {
          ...LONG,
          name: 'faults',
          include: ['packages/node/test-faults/*.test.ts'],
          disableConsoleIntercept: true,
        },
      },
      {
        test: {
          ...LONG,
          name: 'simulator',
          include: ['packages/node/test-ci/simulator/*.test.ts'],
          testTimeout: 7_200_000, // by night ten thousand seeds: three quarters of an hour of two idle processors
          disableConsoleIntercept: true,
        },
      },
      {
        test: {
          ...LONG,
          name: 'processes',
          include: ['packages/node/test-ci/**/*.test.ts'],
          exclude: ['packages/node/test-ci/{simulator,conformance}/**'],
          maxWorkers: 1,
        },
      },
    ],
  },
});
