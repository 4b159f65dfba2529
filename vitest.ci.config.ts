import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Of the conformance files those that take longest, by night most of all: what begins last should be short. */
const LONGEST = ['state-tests', 'schedules', 'random-blocks', 'random-code', 'block-tests'];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const others = await super.sort(files);
    const longest = LONGEST.flatMap((name) => others.filter(({ moduleId }) => moduleId.endsWith(`/${name}.test.ts`)));
    return [...new Set([...longest, ...others])];
  }
}

const LONG = { pool: 'forks', testTimeout: 900_000, hookTimeout: 900_000, passWithNoTests: true } as const;

/** The longer suites (npm run test:ci): official data and random blocks on one side, real processes on the other. */
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
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
