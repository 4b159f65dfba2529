import {
  type ChainBase,
  type Hash,
  type Hex,
  keccak256Hex,
  type TimestampRule,
  type Validator,
} from '@heddle/primitives';
import type { JsonField } from '../files/json-field.ts';

/** What `config.heddle` of a genesis.json says: the rules that geth's fields have no place for. */
export interface HeddleConfig {
  readonly timestamps: TimestampRule;
  readonly transactionGasCap: bigint | undefined;
  readonly codeSizeLimit: number;
  readonly initialBaseFee: bigint;
  readonly elasticity: number;
  readonly baseFeeDenominator: number;
  readonly validators: readonly Validator[];
  /** Of a chain whose validators go on from a block that is not theirs. */
  readonly base?: BaseConfig;
}

/** The block that validators go on from. */
export interface BaseConfig extends ChainBase {
  /** Its gas limit, which all blocks after it have. */
  readonly gasLimit: bigint;
  /** `config.heddle` of the chain up to it; undefined: that is no chain of Heddle's. */
  readonly before: HeddleConfig | undefined;
}

/** EIP-7825: 2^24. */
export const DEFAULT_TRANSACTION_GAS_CAP = 1n << 24n;
/** EIP-170. */
export const DEFAULT_CODE_SIZE_LIMIT = 24_576;
/** 1 gwei. */
export const DEFAULT_BASE_FEE = 1_000_000_000n;
/** EIP-1559. */
export const DEFAULT_ELASTICITY = 2;
/** EIP-1559. */
export const DEFAULT_BASE_FEE_DENOMINATOR = 8;
/** More would not fit the messages of consensus and helps no devnet. */
export const MAX_VALIDATORS = 100;
/** The sum of all stakes (consensus' MAX_TOTAL_POWER). */
export const MAX_TOTAL_STAKE = 1n << 60n;

const MAX_CODE_SIZE_LIMIT = 1 << 20;
const MAX_FEE_CONSTANT = 1_000_000;
const MAX_UINT128 = (1n << 128n) - 1n;
const MAX_UINT64 = (1n << 64n) - 1n;
/** The most that a gas limit is here: it is a JavaScript number in places. */
const MAX_GAS_LIMIT = BigInt(Number.MAX_SAFE_INTEGER);
const MAX_BLOCK_NUMBER = 0xffff_ffff;
const KNOWN_FIELDS = [
  'base',
  'validators',
  'timestamps',
  'transactionGasCap',
  'codeSizeLimit',
  'initialBaseFee',
  'elasticity',
  'baseFeeDenominator',
];

/**
 * Reads `config.heddle`. All but `validators` has a default; `transactionGasCap: null` lifts the cap;
 * `initialBaseFee` may also stand where geth has it, in `baseFeePerGas`.
 *
 * @throws HeddleError `FILE_MALFORMED`
 */
export function readHeddleConfig(field: JsonField, baseFeePerGas: JsonField): HeddleConfig {
  field.onlyKnown(KNOWN_FIELDS);
  const timestamps = field.field('timestamps');
  const cap = field.field('transactionGasCap');
  const codeSizeLimit = field.field('codeSizeLimit');
  const ownBaseFee = field.field('initialBaseFee');
  const baseFee = ownBaseFee.isAbsent ? baseFeePerGas : ownBaseFee;
  const elasticity = field.field('elasticity');
  const denominator = field.field('baseFeeDenominator');
  return {
    timestamps: timestamps.isAbsent ? 'strict' : timestamps.choice(['strict', 'shared']),
    transactionGasCap: readGasCap(cap),
    codeSizeLimit: codeSizeLimit.isAbsent ? DEFAULT_CODE_SIZE_LIMIT : codeSizeLimit.number(1, MAX_CODE_SIZE_LIMIT),
    initialBaseFee: baseFee.isAbsent ? DEFAULT_BASE_FEE : baseFee.integer(0n, MAX_UINT128),
    elasticity: elasticity.isAbsent ? DEFAULT_ELASTICITY : elasticity.number(1, MAX_FEE_CONSTANT),
    baseFeeDenominator: denominator.isAbsent ? DEFAULT_BASE_FEE_DENOMINATOR : denominator.number(1, MAX_FEE_CONSTANT),
    validators: readValidatorList(field.field('validators')),
    ...readBase(field.field('base'), baseFeePerGas),
  };
}

function readBase(field: JsonField, baseFeePerGas: JsonField): Pick<HeddleConfig, 'base'> {
  if (field.isAbsent) return {};
  field.onlyKnown(['number', 'hash', 'gasLimit', 'heddle']);
  const number = field.field('number').number(0, MAX_BLOCK_NUMBER);
  const heddle = field.field('heddle');
  const before = heddle.isAbsent ? undefined : readHeddleConfig(heddle, baseFeePerGas);
  if (before?.base && before.base.number > number) {
    throw heddle.field('base').field('number').malformed(`a block up to ${number}, from which the chain goes on later`);
  }
  const gasLimit = field.field('gasLimit').integer(0n, MAX_GAS_LIMIT);
  return { base: { number, hash: field.field('hash').bytesOfSize(32), gasLimit, before } };
}

function readGasCap(field: JsonField): bigint | undefined {
  if (field.value === null) return undefined;
  return field.isAbsent ? DEFAULT_TRANSACTION_GAS_CAP : field.integer(21_000n, MAX_UINT64);
}

function readValidatorList(field: JsonField): Validator[] {
  const elements = field.elements();
  if (elements.length === 0 || elements.length > MAX_VALIDATORS) {
    throw field.malformed(`1 to ${MAX_VALIDATORS} validators`);
  }
  const seen = new Set<string>();
  let total = 0n;
  return elements.map((element) => {
    element.onlyKnown(['address', 'stake', 'feeAddress']);
    const address = element.field('address').address();
    const stake = element.field('stake').integer(1n, MAX_TOTAL_STAKE);
    const feeAddress = element.field('feeAddress').address();
    total += stake;
    if (total > MAX_TOTAL_STAKE) throw element.field('stake').malformed('stakes whose sum is at most 2^60');
    for (const [key, value] of Object.entries({ address, feeAddress })) {
      if (seen.has(value)) throw element.field(key).malformed('an address that no validator has named before');
      seen.add(value);
    }
    return { address, stake, feeAddress };
  });
}

/**
 * The one spelling of `config` that its hash is taken of: JSON without spaces, keys in alphabetical order, amounts as
 * 0x hex without leading zeros, addresses in lower case, a lifted gas cap as null.
 */
export function canonicalHeddleConfig(config: HeddleConfig): string {
  return JSON.stringify(canonical(config));
}

function canonical({ base, ...config }: HeddleConfig): Readonly<Record<string, unknown>> {
  return {
    ...(base && { base: canonicalBase(base) }),
    baseFeeDenominator: config.baseFeeDenominator,
    codeSizeLimit: config.codeSizeLimit,
    elasticity: config.elasticity,
    initialBaseFee: quantity(config.initialBaseFee),
    timestamps: config.timestamps,
    transactionGasCap: config.transactionGasCap === undefined ? null : quantity(config.transactionGasCap),
    validators: config.validators.map(({ address, feeAddress, stake }) => {
      return { address, feeAddress, stake: quantity(stake) };
    }),
  };
}

function canonicalBase({ gasLimit, hash, before, number }: BaseConfig): Readonly<Record<string, unknown>> {
  return { gasLimit: quantity(gasLimit), hash, ...(before && { heddle: canonical(before) }), number };
}

/** `extraData` of the genesis block: keccak256 of {@link canonicalHeddleConfig}, so that the genesis hash fixes it. */
export function hashHeddleConfig(config: HeddleConfig): Hash {
  return keccak256Hex(Buffer.from(canonicalHeddleConfig(config), 'utf8'));
}

function quantity(value: bigint): Hex {
  return `0x${value.toString(16)}`;
}
