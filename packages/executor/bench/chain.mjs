// A chain of blocks that an executor runs and a store keeps, for benchmarks of blocks one after another.
import { bigIntToBytes, concatBytes, encodeRlp, hexToBytes } from '@heddle/primitives';
import { createExecutor, RecentChunks, stateOperations } from '../dist/index.js';

const CHAIN_ID = 1;
const GWEI = 10n ** 9n;

/** A chain on the state of `database` and `trie`; both are closed by `close`. `sync`: each block is on disk before the next. */
export async function openChain({ path, database, trie, workers = 2, sync = false, gasLimit = 30_000_000n }) {
  const executor = await createExecutor({
    rules: { chainId: CHAIN_ID, fork: 'osaka', transactionGasCap: 1n << 24n, codeSizeLimit: 24_576 },
    ...{ databasePath: path, database, workers, trie, readBlockHash: () => undefined },
  });
  await executor.pool.whenReady();
  const recent = new RecentChunks();
  let number = 0;
  return {
    executor,
    /** Executes and stores the next block; its figures, and what its parts took, ms. */
    async run(transactions) {
      const cancel = new Int32Array(new SharedArrayBuffer(4));
      const times = [performance.now()];
      const outcome = await executor.execute({ environment: environment(++number, gasLimit), transactions, cancel });
      times.push(performance.now());
      if (outcome.status !== 'executed') throw new Error(`block ${number}: ${outcome.reason}`);
      const { diff, stateRoot, figures } = outcome.result;
      const operations = [...stateOperations(database, number, diff, recent), ...trie.operations(stateRoot)];
      times.push(performance.now());
      await database.batch(operations, { sync });
      times.push(performance.now());
      executor.apply(stateRoot);
      times.push(performance.now());
      const [wholeMs, encodingMs, batchMs, applyMs] = times.slice(1).map((time, index) => time - times[index]);
      return {
        ...figures,
        partsMs: { behind: wholeMs - figures.wallMs, encoding: encodingMs, batch: batchMs, apply: applyMs },
      };
    },
    async close() {
      await executor.close();
      await database.close();
    },
  };
}

/** A transaction whose signature is nobody's, which execution never asks. */
export function payment(sender, { nonce, to, value, gasLimit, data = new Uint8Array(0) }) {
  const fields = [BigInt(CHAIN_ID), nonce, 1n, 2n * GWEI, gasLimit].map(bigIntToBytes);
  const rest = [hexToBytes(to), bigIntToBytes(value), data, [], ...[0n, 1n, 1n].map(bigIntToBytes)];
  return { raw: concatBytes(Uint8Array.of(2), encodeRlp([...fields, ...rest])), sender };
}

function environment(number, gasLimit) {
  return {
    number,
    timestamp: 1_700_000_000 + number,
    beneficiary: `0x${'fe'.repeat(20)}`,
    gasLimit,
    baseFeePerGas: GWEI,
    mixHash: `0x${'11'.repeat(32)}`,
    excessBlobGas: 0n,
    parentHash: `0x${'22'.repeat(32)}`,
    parentBeaconBlockRoot: `0x${'00'.repeat(32)}`,
    withdrawals: [],
  };
}
