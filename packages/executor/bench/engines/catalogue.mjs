// Every workload by name; made when its turn comes.
import { loopBlock, loopCall } from './loops.mjs';
import { mainnetBlocks } from './mainnet-blocks.mjs';
import { officialContracts } from './official-contracts.mjs';
import { clusteredPools, hotPool, mix, ownPools } from './pools.mjs';
import { chainedTokens, disjointTokens, tokensToOne } from './tokens.mjs';
import { chainedTransfers, independentTransfers, transfersToOne } from './transfers.mjs';
import { wrappedEther } from './wrapped-ether.mjs';

/** Sizes of blocks: transactions, and the part of a loop's rounds. */
const FULL = { transfers: 5_000, trades: 1_000, mixed: 2_000, part: 1 };
const QUICK = { transfers: 60, trades: 30, mixed: 30, part: 0.01 };

/** Names, kinds and makers of all workloads; `isQuick`: small ones. */
export function catalogue({ isQuick }) {
  const { transfers, trades, mixed, part } = isQuick ? QUICK : FULL;
  const blocks = {
    'transfers-independent': () => independentTransfers(transfers),
    'transfers-chain': () => chainedTransfers(transfers),
    'transfers-one-recipient': () => transfersToOne(transfers),
    'wrapped-ether': () => wrappedEther(transfers),
    'erc20-disjoint': () => disjointTokens(transfers),
    'erc20-hot-recipient': () => tokensToOne(transfers),
    'erc20-chain': () => chainedTokens(transfers),
    'uniswap-own-pools': () => ownPools(trades),
    'uniswap-ten-clusters': () => clusteredPools(trades),
    'uniswap-one-pool': () => hotPool(trades),
    'mix-60-20-20': () => mix(mixed),
    'block-of-arithmetic': () => loopBlock('arithmetic', part),
  };
  const calls = {
    'loop-arithmetic': () => loopCall('arithmetic', part),
    'loop-checked-arithmetic': () => loopCall('checkedArithmetic', part),
    'loop-keccak': () => loopCall('keccak', part),
    ...officialContracts({ isQuick }),
  };
  return [...entries(blocks, 'block'), ...entries(calls, 'call'), ...entries(mainnetBlocks(), 'real block')];
}

function entries(makers, kind) {
  return Object.entries(makers).map(([name, make]) => ({ name, kind, make: async () => make() }));
}
