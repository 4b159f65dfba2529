// Blocks of Ethereum's main chain, read as `heddle replay` reads them.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { EMPTY_CODE_HASH, ZERO_HASH } from '@heddle/primitives';
import { fixtureFolder } from '@heddle/testkit';
import { environmentOf } from '../../dist/index.js';

/** The first block of Berlin: before it there is one engine only (docs/benchmarks.md says what else). */
const FIRST = 12_244_000;
const MAX_FILE_BYTES = 2 ** 28;

/** What makes each of them, by name; none (and a line that says so) where the official data is not there. */
export function mainnetBlocks() {
  const folder = fixtureFolder('mainnet');
  if (folder === undefined) return {};
  const numbers = readdirSync(join(folder, 'pevm')).map(Number);
  const chosen = numbers.filter((number) => number >= FIRST).sort((left, right) => left - right);
  return Object.fromEntries(chosen.map((number) => [`mainnet-${number}`, () => read(folder, number)]));
}

async function read(folder, number) {
  // Only the node knows other chains: its compiled code is next door.
  const [{ MAINNET }, { readReplayBlock }, { readInput }, { readPrestate }, { readBlockHashes }] = await Promise.all([
    import('../../../node/dist/foreign/mainnet-chain-config.js'),
    import('../../../node/dist/replay/read-block.js'),
    import('../../../node/dist/replay/read-input.js'),
    import('../../../node/dist/replay/read-prestate.js'),
    import('../../../node/dist/replay/block-hashes.js'),
  ]);
  const file = (name) => join(folder, 'pevm', String(number), name);
  const json = readInput(file('block.json'), MAX_FILE_BYTES);
  const { block, rules, transactions } = readReplayBlock(json, { ...MAINNET, requestContracts: 'optional' });
  const hashesFile = file('block_hashes.json');
  return {
    ...{ name: `mainnet-${number}`, kind: 'block', rules, lifted: [] },
    environment: environmentOf(block),
    alloc: allocOf(readPrestate(file('pre_state.json'))),
    blockHashes: existsSync(hashesFile) ? readBlockHashes(readInput(hashesFile, MAX_FILE_BYTES)) : new Map(),
    transactions: transactions.map(({ transaction: { raw }, sender }) => ({ raw, sender })),
  };
}

/** Tracers name accounts that are not there with nothing in them. */
function allocOf(prestate) {
  return [...prestate]
    .filter(([, { balance, nonce, codeHash }]) => balance > 0n || nonce > 0n || codeHash !== EMPTY_CODE_HASH)
    .map(([address, { balance, nonce, code, slots }]) => {
      const storage = new Map([...slots].filter(([, value]) => value !== ZERO_HASH));
      return { address, balance, nonce, code, storage };
    });
}
