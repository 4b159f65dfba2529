import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createEthereumjsEngine } from '@heddle/executor';
import { fixtureFolder, temporaryDirectory } from '@heddle/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { fixtureFiles } from '../../src/conformance/fixture-files.ts';
import type { CaseVerdict } from '../../src/conformance/run-cases.ts';
import { stateTests } from '../../src/conformance/state-test.ts';

const folder = fixtureFolder('state-eest');
const CLZ = join('osaka', 'eip7939_count_leading_zeros', 'test_clz_initcode_context.json');
const OVER_THE_CAP = join('osaka', 'eip7825_transaction_gas_limit_cap', 'test_tx_gas_limit_cap_exceeded.json');

type Post = Record<string, unknown> & { readonly state: Record<string, { balance: string }> };

describe.skipIf(folder === undefined)('an official state test', () => {
  const scratch = temporaryDirectory('state-tests');
  afterAll(() => scratch.remove());

  /** What the first case of the file comes to, once these fields of what it expects are others. */
  async function judge(path: string, change: (post: Post) => object = () => ({})): Promise<CaseVerdict> {
    const tests: Record<string, { post: Record<string, Post[]> }> = JSON.parse(
      readFileSync(join(folder as string, path), 'utf8'),
    );
    for (const { post } of Object.values(tests))
      for (const entries of Object.values(post)) {
        for (const entry of entries) Object.assign(entry, change(entry));
      }
    const file = join(scratch.path, 'test.json');
    writeFileSync(file, JSON.stringify(tests));
    for (const one of stateTests(fixtureFiles([file]), createEthereumjsEngine)) return one.run();
    throw new RangeError('the file has no case');
  }

  it('passes when its transaction leaves the state and the logs that it says', async () => {
    expect(await judge(CLZ)).toMatchObject({ pass: true, expected: expect.stringMatching(/^state 0x.*, logs 0x/) });
  });

  it('passes when its transaction is refused as it says', async () => {
    expect(await judge(OVER_THE_CAP)).toMatchObject({
      pass: true,
      expected: expect.stringMatching(/^refused, state 0x/),
    });
  });

  it('fails with the reason when a transaction is refused that it calls valid', async () => {
    const verdict = await judge(OVER_THE_CAP, () => ({ expectException: undefined }));
    expect(verdict).toMatchObject({
      pass: false,
      difference: 'transaction gas limit too high (cap: 16777216, tx: 16777217)',
    });
  });

  it('fails when a transaction runs that it calls invalid', async () => {
    const verdict = await judge(CLZ, () => ({ expectException: 'TR_NoFunds' }));
    expect(verdict).toMatchObject({ pass: false, expected: expect.stringMatching(/^refused, state/) });
  });

  it('is refused when its bytes are no transaction', async () => {
    const verdict = await judge(OVER_THE_CAP, () => ({ txbytes: '0x05' }));
    expect(verdict).toMatchObject({ pass: true });
  });

  it('fails when logs or state are others, and says which account parts from the file', async () => {
    const otherLogs = await judge(CLZ, () => ({ logs: `0x${'00'.repeat(32)}` }));
    expect(otherLogs).toMatchObject({ pass: false, expected: expect.stringContaining(`logs 0x${'00'.repeat(32)}`) });
    const otherState = await judge(CLZ, ({ state }) => {
      for (const account of Object.values(state)) account.balance = '0x07';
      return { hash: `0x${'00'.repeat(32)}` };
    });
    expect(otherState).toMatchObject({ pass: false, difference: expect.stringMatching(/ balance \d+ instead of 7/) });
  });
});
