import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createEthereumjsEngine } from '@heddle/executor';
import { fixtureFolder, temporaryDirectory } from '@heddle/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { blockTests } from '../../src/conformance/block-test.ts';
import { fixtureFiles } from '../../src/conformance/fixture-files.ts';
import type { CaseVerdict } from '../../src/conformance/run-cases.ts';

const folder = fixtureFolder('blockchain-legacy');
const GAS_LIMIT = join('legacytests', 'InvalidBlocks', 'bcInvalidHeaderTest', 'wrongGasLimit.json');
const WRONG_STATE = join('legacytests', 'InvalidBlocks', 'bcInvalidHeaderTest', 'wrongStateRoot.json');
const SIDE_CHAIN = join('legacytests', 'InvalidBlocks', 'bcMultiChainTest', 'UncleFromSideChain.json');

interface TestOfFile {
  readonly blocks: Record<string, unknown>[];
  lastblockhash: string;
  readonly postState: Record<string, { balance: string }>;
}

describe.skipIf(folder === undefined)('an official block test', () => {
  const scratch = temporaryDirectory('block-tests');
  afterAll(() => scratch.remove());

  /** What the first case of the file comes to, once `change` was made to its JSON. */
  async function judge(path: string, change: (test: TestOfFile) => void = () => undefined): Promise<CaseVerdict> {
    const tests: Record<string, TestOfFile> = JSON.parse(readFileSync(join(folder as string, path), 'utf8'));
    for (const test of Object.values(tests)) change(test);
    const file = join(scratch.path, 'test.json');
    writeFileSync(file, JSON.stringify(tests));
    for (const one of blockTests(fixtureFiles([file]), createEthereumjsEngine)) return one.run();
    throw new RangeError('the file has no case');
  }

  it('passes when its blocks are refused as it says', async () => {
    expect(await judge(GAS_LIMIT)).toMatchObject({ pass: true, expected: expect.stringContaining('block 0 refused') });
  });

  it('fails when a block is refused that it calls valid, or for another kind of reason', async () => {
    const otherKind = await judge(GAS_LIMIT, ({ blocks }) => {
      for (const block of blocks) if (block.expectException) block.expectException = 'TR_NoFunds';
    });
    expect(otherKind).toMatchObject({
      pass: false,
      expected: 'block 0 refused for its transaction (TR_NoFunds)',
      actual: expect.stringMatching(/^block 0 refused for its header: gasLimit: /),
      difference: expect.stringMatching(/^gasLimit: /),
    });
  });

  it('blames no account when a block is refused for another kind of reason, whose state the file does not list', async () => {
    const otherKind = await judge(WRONG_STATE, ({ blocks }) => {
      for (const block of blocks) if (block.expectException) block.expectException = 'TR_NoFunds';
    });
    expect(otherKind).toMatchObject({
      pass: false,
      actual: expect.stringMatching(/^block 0 refused for its result: stateRoot: /),
      difference: expect.stringMatching(/^stateRoot: /),
    });
  });

  it('fails when the head is another one in the end', async () => {
    const verdict = await judge(GAS_LIMIT, (test) => {
      test.lastblockhash = `0x${'00'.repeat(32)}`;
    });
    expect(verdict).toMatchObject({ pass: false, expected: expect.stringContaining(`head 0x${'00'.repeat(32)}`) });
  });

  it('tells which accounts part from the file when its last block leaves another state than the header says', async () => {
    const verdict = await judge(WRONG_STATE, ({ blocks }) => {
      for (const block of blocks) {
        block.blockHeader = (block.rlp_decoded as { blockHeader: unknown }).blockHeader;
        delete block.expectException;
      }
    });
    expect(verdict).toMatchObject({
      pass: false,
      actual: expect.stringMatching(/^block 0 refused for its result: stateRoot: /),
      difference: expect.stringMatching(/^0x\w{40} balance \d+ instead of \d+; /),
    });
  });

  it('fails when an account is another than its file says, though all hashes agree', async () => {
    const verdict = await judge(GAS_LIMIT, ({ postState }) => {
      for (const account of Object.values(postState)) account.balance = '0x07';
    });
    expect(verdict).toMatchObject({
      pass: false,
      expected: expect.stringMatching(/, accounts as in postState$/),
      difference: expect.stringMatching(/^0x\w{40} balance \d+ instead of 7/),
    });
  });

  it('is skipped when it has a side chain', async () => {
    expect(await judge(SIDE_CHAIN)).toEqual({ skipped: expect.stringContaining('side chain') });
  });
});
