import {
  type Address,
  bigIntToBytes,
  bigIntToBytesOfSize,
  bytesToBigInt,
  decodeRlp,
  encodeRlp,
  hexToBytes,
  readFields,
} from '@heddle/primitives';
import { validatorSetInvalid } from './errors.ts';

/** One member of a {@link ValidatorSet}. */
export interface ValidatorMember {
  /** The address of its consensus key. */
  readonly address: Address;
  /** Voting power: its stake, > 0. */
  readonly power: bigint;
  /** CometBFT's proposer priority; the sum over a set stays near 0. */
  readonly priority: bigint;
}

/**
 * Who votes at a height, and whose turn it is. A value: advancing gives a new one. Members keep the order in which the
 * chain lists them: a validator's index in it is its bit in vote bit arrays.
 */
export interface ValidatorSet {
  readonly members: readonly ValidatorMember[];
  /** Who proposes in round 0 of the height at which the set is in force; its priority has paid for that already. */
  readonly proposer: Address;
  readonly totalPower: bigint;
  readonly indexByAddress: ReadonlyMap<Address, number>;
}

/** The most power a set may hold together: 2^60 (chain spec), equal to CometBFT's MaxInt64 / 8. */
export const MAX_TOTAL_POWER = 1n << 60n;

/**
 * The set of `members` in their order, with `proposer` (a member) in turn.
 *
 * @throws HeddleError `VALIDATOR_SET_INVALID`
 */
export function validatorSetOf(members: readonly ValidatorMember[], proposer: Address): ValidatorSet {
  if (members.length === 0) throw validatorSetInvalid('it is empty');
  const indexByAddress = new Map<Address, number>();
  let totalPower = 0n;
  for (const [index, { address, power }] of members.entries()) {
    if (indexByAddress.has(address)) throw validatorSetInvalid(`${address} stands in it twice`);
    if (power <= 0n) throw validatorSetInvalid(`${address} has power ${power}`);
    indexByAddress.set(address, index);
    totalPower += power;
  }
  if (totalPower > MAX_TOTAL_POWER) throw validatorSetInvalid(`total power ${totalPower} exceeds 2^60`);
  if (!indexByAddress.has(proposer)) throw validatorSetInvalid(`proposer ${proposer} does not stand in it`);
  return { members, proposer, totalPower, indexByAddress };
}

/** The power of `address`; 0 for who is not in the set. */
export function powerOf(set: ValidatorSet, address: Address): bigint {
  const index = set.indexByAddress.get(address);
  return index === undefined ? 0n : (set.members[index]?.power ?? 0n);
}

/** The paper's 2f + 1: strictly more than two thirds of the total power. */
export function isQuorum(set: ValidatorSet, power: bigint): boolean {
  return 3n * power > 2n * set.totalPower;
}

/** The paper's f + 1: strictly more than one third of the total power, so at least one correct validator. */
export function isOverOneThird(set: ValidatorSet, power: bigint): boolean {
  return 3n * power > set.totalPower;
}

/** The set's disk form, priorities included. */
export function encodeValidatorSet(set: ValidatorSet): Uint8Array {
  const members = set.members.map(({ address, power, priority }) => [
    hexToBytes(address),
    bigIntToBytes(power),
    bigIntToBytesOfSize(BigInt.asUintN(128, priority), 16),
  ]);
  return encodeRlp([hexToBytes(set.proposer), members]);
}

/**
 * The set that `bytes` encodes.
 *
 * @throws HeddleError `VALIDATOR_SET_INVALID`, `RLP_MALFORMED`, `RLP_FIELD`
 */
export function decodeValidatorSet(bytes: Uint8Array): ValidatorSet {
  const record = readFields(decodeRlp(bytes), 'validator set');
  const proposer = record.address('proposer');
  const members = record.list('members').map((item) => {
    const fields = readFields(item, 'validator');
    const address = fields.address('address');
    const power = fields.bigint('power', 64);
    const priority = BigInt.asIntN(128, bytesToBigInt(fields.bytesOfSize('priority', 16)));
    fields.end();
    return { address, power, priority };
  });
  record.end();
  return validatorSetOf(members, proposer);
}
