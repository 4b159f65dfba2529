import { createValidatorSet, encodeValidatorSet } from '@heddle/consensus';
import type { Executor, StateDiff } from '@heddle/executor';
import { type Address, encodeHeader, hashHeader } from '@heddle/primitives';
import { expect, it } from 'vitest';
import { ExecutionService } from '../../src/execution/execution-service.ts';
import { genesisBlock } from '../../src/genesis/genesis-block.ts';
import { EMPTY_RESULT } from './empty-result.ts';
import { build, commitJob, testSpec } from './execution-fixture.ts';

/** What the pool is told of a block that changed `count` accounts. */
async function touchedOf(count: number): Promise<readonly Address[] | 'all'> {
  const spec = testSpec();
  const { header } = genesisBlock(spec, EMPTY_RESULT.stateRoot);
  const accounts: StateDiff['accounts'] = new Map(
    Array.from({ length: count }, (_, index): [Address, { before: undefined; after: undefined }] => [
      `0x${index.toString(16).padStart(40, '0')}`,
      { before: undefined, after: undefined },
    ]),
  );
  const result = { ...EMPTY_RESULT, diff: { ...EMPTY_RESULT.diff, accounts } };
  const executor: Executor = {
    workerCount: 1,
    build: async () => ({ status: 'built', result, leftOut: [] }),
    execute: async () => ({ status: 'executed', result }),
    apply: () => undefined,
    metrics: () => ({}),
    close: async () => undefined,
  };
  const head = {
    number: 0,
    hash: hashHeader(header),
    header: encodeHeader(header),
    certificate: undefined,
    validators: undefined,
    nextValidators: encodeValidatorSet(createValidatorSet(spec.validators)),
  };
  const service = new ExecutionService({ spec, executor, store: { head, write: async () => undefined } });
  const close = async () => undefined;
  const on = { spec, service, beneficiary: spec.genesisBeneficiary, close };
  return (await service.commit(commitJob(await build(on), on))).touched;
}

it('the accounts that a block changed are listed up to 10,000; of more the pool looks at all of its own', async () => {
  expect(await touchedOf(0)).toEqual([]);
  expect(await touchedOf(10_000)).toHaveLength(10_000);
  expect(await touchedOf(10_001)).toBe('all');
});
