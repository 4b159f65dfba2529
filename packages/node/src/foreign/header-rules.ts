import {
  CONSTANT_HEADER_FIELDS,
  type ExecutionRules,
  type Fork,
  type Hash,
  type Header,
  isActive,
  nextBaseFee,
} from '@heddle/primitives';
import { nextExcessBlobGas } from './blob-gas.ts';
import type { ChainConfig } from './chain-config.ts';
import { daoForkFault } from './dao-fork.ts';
import { childDifficulty } from './difficulty.ts';

/** A block that another one may follow. */
export interface ParentBlock {
  readonly header: Header;
  readonly hash: Hash;
  /** Of this block and all before it. */
  readonly totalDifficulty: bigint;
}

/** What a header is judged by besides itself. `rules` are those of its own place. */
export interface HeaderContext {
  readonly config: ChainConfig;
  readonly rules: ExecutionRules;
  readonly parent: Pick<ParentBlock, 'header' | 'hash'>;
}

const MAX_EXTRA_DATA_SIZE = 32;
const MIN_GAS_LIMIT = 5_000n;
/** What geth holds a gas limit to, whatever its parent's. */
const MAX_GAS_LIMIT = (1n << 63n) - 1n;
const GAS_LIMIT_BOUND_DIVISOR = 1_024n;

/** The fork that brought each of the fields that not all headers have. */
const FIELD_SINCE = {
  baseFeePerGas: 'london',
  withdrawalsRoot: 'shanghai',
  blobGasUsed: 'cancun',
  excessBlobGas: 'cancun',
  parentBeaconBlockRoot: 'cancun',
  requestsHash: 'prague',
} as const satisfies Partial<Record<keyof Header, Fork>>;

/**
 * Why `header` cannot follow its parent by the rules of its fork; undefined when it can. Seals are not looked at, and
 * nothing that the body or execution decides.
 */
export function headerFault(header: Header, context: HeaderContext): string | undefined {
  return (
    findBadPlace(header, context) ??
    findBadFields(header, context.rules.fork) ??
    findBadSize(header) ??
    findBadGasLimit(header, context) ??
    findBadFee(header, context) ??
    (isActive(context.rules.fork, 'paris') ? findBadConstants(header) : findBadDifficulty(header, context)) ??
    daoForkFault(context.config, header)
  );
}

function findBadPlace({ number, parentHash, timestamp }: Header, { parent, config }: HeaderContext) {
  const fault = unequal('number', number, parent.header.number + 1) ?? unequal('parentHash', parentHash, parent.hash);
  if (fault) return fault;
  const lowest = config.timestamps === 'shared' ? parent.header.timestamp : parent.header.timestamp + 1;
  return timestamp >= lowest
    ? undefined
    : `timestamp: ${timestamp} is not above the parent's ${parent.header.timestamp}`;
}

function findBadFields(header: Header, fork: Fork): string | undefined {
  for (const [field, since] of Object.entries(FIELD_SINCE)) {
    const isThere = header[field as keyof typeof FIELD_SINCE] !== undefined;
    if (isThere && !isActive(fork, since)) return `${field}: the header has one, which comes with ${since}`;
    if (!isThere && isActive(fork, since)) return `${field}: the header has none, but it is due since ${since}`;
  }
  return undefined;
}

function findBadSize({ extraData }: Header): string | undefined {
  const size = (extraData.length - 2) / 2;
  return size > MAX_EXTRA_DATA_SIZE ? `extraData: ${size} bytes exceed ${MAX_EXTRA_DATA_SIZE}` : undefined;
}

function findBadGasLimit({ gasLimit, gasUsed, baseFeePerGas }: Header, { parent, config }: HeaderContext) {
  if (gasLimit > MAX_GAS_LIMIT) return `gasLimit: ${gasLimit} exceeds ${MAX_GAS_LIMIT}`;
  if (gasUsed > gasLimit) return `gasUsed: ${gasUsed} exceeds the gas limit ${gasLimit}`;
  // EIP-1559: the limit of the last block before it counts as the target of the first one after.
  const isFirst = baseFeePerGas !== undefined && parent.header.baseFeePerGas === undefined;
  const before = isFirst ? parent.header.gasLimit * BigInt(config.elasticity) : parent.header.gasLimit;
  const difference = gasLimit > before ? gasLimit - before : before - gasLimit;
  const bound = before / GAS_LIMIT_BOUND_DIVISOR;
  if (difference >= bound) return `gasLimit: ${gasLimit} is ${bound} or more away from the parent's ${before}`;
  return gasLimit < MIN_GAS_LIMIT ? `gasLimit: ${gasLimit} is below ${MIN_GAS_LIMIT}` : undefined;
}

function findBadFee(header: Header, { rules, parent, config }: HeaderContext): string | undefined {
  if (!isActive(rules.fork, 'london')) return undefined;
  const fault = unequal('baseFeePerGas', header.baseFeePerGas, nextBaseFee(parent.header, config));
  if (fault || !isActive(rules.fork, 'cancun')) return fault;
  return unequal('excessBlobGas', header.excessBlobGas, nextExcessBlobGas(parent.header, rules));
}

/** EIP-3675. */
function findBadConstants({ ommersHash, difficulty, nonce }: Header): string | undefined {
  return (
    unequal('difficulty', difficulty, CONSTANT_HEADER_FIELDS.difficulty) ??
    unequal('nonce', nonce, CONSTANT_HEADER_FIELDS.nonce) ??
    unequal('ommersHash', ommersHash, CONSTANT_HEADER_FIELDS.ommersHash)
  );
}

function findBadDifficulty({ difficulty, timestamp }: Header, { config, parent }: HeaderContext): string | undefined {
  return unequal('difficulty', difficulty, childDifficulty(config, parent.header, timestamp));
}

function unequal<T>(field: string, found: T, wanted: T): string | undefined {
  return found === wanted ? undefined : `${field}: the header says ${found}, expected ${wanted}`;
}
