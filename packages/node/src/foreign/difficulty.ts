import { EMPTY_LIST_HASH, type Header, isActive } from '@heddle/primitives';
import { type ChainConfig, forkAt, lastActive } from './chain-config.ts';

const MINIMUM = 131_072n;
const BOUND_DIVISOR = 2_048n;
const BOMB_PERIOD = 100_000n;
/** Yellow paper: the most that one block lowers the difficulty by, in steps. */
const LARGEST_DROP = -99n;

/** Blocks by which each of these puts the bomb off: EIP-649, 1234, 2384, 3554, 4345, 5133. */
const BOMB_DELAYS: Readonly<Record<string, bigint>> = {
  byzantium: 3_000_000n,
  constantinople: 5_000_000n,
  muirGlacier: 9_000_000n,
  london: 9_700_000n,
  arrowGlacier: 10_700_000n,
  grayGlacier: 11_400_000n,
};

/** The difficulty that the child of `parent` with this timestamp must have before the merge. */
export function childDifficulty(config: ChainConfig, parent: Header, timestamp: number): bigint {
  const number = parent.number + 1;
  const fork = forkAt(config, { number, timestamp, isMerged: false });
  const elapsed = BigInt(timestamp - parent.timestamp);
  const step = parent.difficulty / BOUND_DIVISOR;
  let change: bigint;
  if (isActive(fork, 'byzantium')) {
    // EIP-100: a parent with ommers counts for more.
    change = atLeast(LARGEST_DROP, (parent.ommersHash === EMPTY_LIST_HASH ? 1n : 2n) - elapsed / 9n);
  } else if (isActive(fork, 'homestead')) {
    change = atLeast(LARGEST_DROP, 1n - elapsed / 10n); // EIP-2
  } else {
    change = elapsed < 13n ? 1n : -1n;
  }
  return atLeast(MINIMUM, parent.difficulty + step * change) + bomb(config, BigInt(number));
}

/** What grows until blocks take too long (the "ice age"): doubles every 100,000 blocks. */
function bomb(config: ChainConfig, number: bigint): bigint {
  const delays = { ...config.forkBlocks, ...config.glacierBlocks };
  const latest = lastActive(Object.keys(BOMB_DELAYS), delays, Number(number));
  const delay = latest === undefined ? 0n : (BOMB_DELAYS[latest] ?? 0n);
  const period = (number > delay ? number - delay : 0n) / BOMB_PERIOD;
  return period > 1n ? 2n ** (period - 2n) : 0n;
}

function atLeast(low: bigint, value: bigint): bigint {
  return value < low ? low : value;
}
