import { join } from 'node:path';
import { decodeTransaction, type ExecutionRules, keccak256Hex, recoverSender } from '@heddle/primitives';
import { fixtureFolder } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { createEthereumjsEngine } from '../src/engines/ethereumjs/load-engine.ts';
import { environmentOf, mismatch } from '../src/executor-api.ts';
import { createPlainExecutor } from '../src/plain/plain-executor.ts';
import { headState } from '../src/state/state-reader.ts';
import { openStateTrie } from '../src/trie/state-trie.ts';
import { readWitness, type WitnessBlock } from '../test/support/witness.ts';

const folder = fixtureFolder('mainnet/witness');
const file = () => join(folder as string, 'ethereum', '1-23587691.json');
/** Of mainnet at that block, October 2025. */
const RULES: ExecutionRules = { chainId: 1, fork: 'prague', transactionGasCap: undefined, codeSizeLimit: 24_576 };

async function execute({ block, parentStateRoot, source, blockHash }: WitnessBlock) {
  const executor = await createPlainExecutor({
    rules: RULES,
    createEngine: createEthereumjsEngine,
    state: headState(source),
    trie: openStateTrie(source, parentStateRoot),
    readBlockHash: blockHash,
  });
  const transactions = block.transactions.map((raw) => ({ raw, sender: recoverSender(decodeTransaction(raw)) }));
  return executor.execute({ environment: environmentOf(block), transactions, cancel: new Int32Array(1) });
}

describe.skipIf(folder === undefined)('a mainnet block with a witness of its state', () => {
  it('executes to all that its header says, over tries of which most is known by its hash alone', async () => {
    const witness = readWitness(file());
    const outcome = await execute(witness);
    if (outcome.status !== 'executed') expect.fail(JSON.stringify(outcome));
    expect(mismatch(witness.block.header, outcome.result)).toBeUndefined();
    expect(outcome.result.transactions.length).toBe(40);
  });

  it('is not executed to another root where a node is missing', async () => {
    const { parentStateRoot } = readWitness(file());
    const witness = readWitness(file(), (node) => keccak256Hex(node) === parentStateRoot);
    await expect(execute(witness)).rejects.toMatchObject({ code: 'STATE_TRIE_DAMAGED' });
  });
});
