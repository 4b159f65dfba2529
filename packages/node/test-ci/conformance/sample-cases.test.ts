import { createRandom } from '@heddle/testkit';
import { expect, it } from 'vitest';
import type { ConformanceCase } from '../../src/conformance/run-cases.ts';
import { sampleCases } from './sample-cases.ts';

it('a sample of cases has every file and test that cannot be read', () => {
  const run = () => Promise.resolve({ skipped: 'nobody asks' });
  const cases = Array.from({ length: 1_000 }, (_, index): ConformanceCase => {
    return { name: `${index}`, fork: index % 100 === 0 ? null : 'Prague', run };
  });
  const sample = [...sampleCases(cases, 20, createRandom(11))];
  expect(sample.filter(({ fork }) => fork === null)).toHaveLength(10);
  expect(sample.length).toBeLessThan(200);
});
