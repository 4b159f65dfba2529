import { seedFromEnvironment } from '@heddle/testkit';
import { describe, it } from 'vitest';
import { checkRandomCode, checkRandomCodeOfForks } from '../test/parallel/check-random-code.ts';

const CASES = Number(process.env.HEDDLE_CASES ?? (process.env.HEDDLE_SUITE === 'nightly' ? 25_000 : 5_000));

describe('blocks of transactions that run random programs', () => {
  it(`give what stock execution gives (${CASES} transactions)`, { timeout: 3_600_000 }, async () => {
    await checkRandomCode(CASES, seedFromEnvironment('random code', 1));
  });

  it('give it by the rules of earlier forks too', { timeout: 3_600_000 }, async () => {
    await checkRandomCodeOfForks(seedFromEnvironment('random code of forks', 1), Math.ceil(CASES / 500));
  });
});
