import type { Address } from '@heddle/primitives';
import { validatorSetInvalid } from './errors.ts';
import { type ValidatorMember, type ValidatorSet, validatorSetOf } from './validator-set.ts';

// CometBFT's rotation (spec/consensus/proposer-selection.md, types/validator_set.go): every turn each priority grows by
// the member's power, the highest proposes and pays the total power. So each proposes in proportion to its power.

/** A member's name and power, as the chain gives them (a chain spec's validators fit). */
export interface Stakeholder {
  readonly address: Address;
  readonly stake: bigint;
}

/** Priorities spread over at most this many times the total power (PriorityWindowSizeFactor). */
const PRIORITY_WINDOW = 2n;

/**
 * The set of the first height: all priorities begin at 0 and are advanced once.
 *
 * @throws HeddleError `VALIDATOR_SET_INVALID`
 */
export function createValidatorSet(validators: readonly Stakeholder[]): ValidatorSet {
  const members = validators.map(({ address, stake }) => ({ address, power: stake, priority: 0n }));
  return advanceHeight(validatorSetOf(members, firstAddress(members)));
}

/** The set of the height after `set`'s, whatever the round of the decision was. */
export function advanceHeight(set: ValidatorSet): ValidatorSet {
  const { members, proposer } = elect(normalized(set.members, set.totalPower), set.totalPower);
  return { ...set, members, proposer };
}

/**
 * The set of the height after `set`'s when the members change: who stays keeps its priority, a newcomer begins at
 * -1.125 times the total power (that of the leaving still counted), so that leaving and joining again does not pay.
 *
 * @throws HeddleError `VALIDATOR_SET_INVALID`
 */
export function changeValidators(set: ValidatorSet, validators: readonly Stakeholder[]): ValidatorSet {
  const staying = new Set(validators.map(({ address }) => address));
  const leavingPower = set.members.reduce((sum, { address, power }) => (staying.has(address) ? sum : sum + power), 0n);
  const total = validators.reduce((sum, { stake }) => sum + stake, leavingPower);
  const newcomer = -(total + (total >> 3n));
  const before = new Map(set.members.map(({ address, priority }) => [address, priority]));
  const members = validators.map(({ address, stake }) => {
    return { address, power: stake, priority: before.get(address) ?? newcomer };
  });
  const changed = validatorSetOf(members, firstAddress(members));
  return advanceHeight({ ...changed, members: normalized(members, changed.totalPower) });
}

/**
 * Who proposes in `round` of the height that `set` is in force at: a copy of the set advanced `round` times more. Costs
 * one election per round not asked for before, so callers bound `round` to what over a third of the power has reached.
 */
export function proposerOf(set: ValidatorSet, round: number): Address {
  const rotation = rotations.get(set) ?? beginRotation(set);
  while (rotation.proposers.length <= round) {
    const { members, proposer } = elect(rotation.members, set.totalPower);
    rotation.members = members;
    rotation.proposers.push(proposer);
  }
  return rotation.proposers[round] ?? set.proposer;
}

interface Rotation {
  readonly proposers: Address[];
  members: readonly ValidatorMember[];
}

/** A memo beside immutable sets: it changes no answer, only what the next one costs. */
const rotations = new WeakMap<ValidatorSet, Rotation>();

function beginRotation(set: ValidatorSet): Rotation {
  // Scaling and centering run once however many rounds follow, as in IncrementProposerPriority(times).
  const rotation = { proposers: [set.proposer], members: normalized(set.members, set.totalPower) };
  rotations.set(set, rotation);
  return rotation;
}

/** Priorities scaled into the window, then centered around 0. */
function normalized(members: readonly ValidatorMember[], totalPower: bigint): ValidatorMember[] {
  return centered(scaled(members, PRIORITY_WINDOW * totalPower));
}

function scaled(members: readonly ValidatorMember[], window: bigint): readonly ValidatorMember[] {
  const priorities = members.map(({ priority }) => priority);
  const spread = priorities.reduce(larger) - priorities.reduce(smaller);
  if (spread <= window) return members;
  const ratio = (spread + window - 1n) / window; // rounds up: the code, not the text, of CometBFT
  return members.map((member) => ({ ...member, priority: member.priority / ratio })); // towards zero, as in Go
}

function centered(members: readonly ValidatorMember[]): ValidatorMember[] {
  const sum = members.reduce((total, { priority }) => total + priority, 0n);
  const average = floorDiv(sum, BigInt(members.length));
  return members.map((member) => ({ ...member, priority: member.priority - average }));
}

/** One turn: everybody gains its power, the first one (highest priority, then lower address) proposes and pays. */
function elect(
  members: readonly ValidatorMember[],
  totalPower: bigint,
): { members: ValidatorMember[]; proposer: Address } {
  const raised = members.map((member) => ({ ...member, priority: member.priority + member.power }));
  const { address: proposer } = raised.reduce((best, member) => (isBefore(member, best) ? member : best));
  const paid = raised.map((member) =>
    member.address === proposer ? { ...member, priority: member.priority - totalPower } : member,
  );
  return { members: paid, proposer };
}

function isBefore(left: ValidatorMember, right: ValidatorMember): boolean {
  return left.priority === right.priority ? left.address < right.address : left.priority > right.priority;
}

/** Rounds towards minus infinity: bigint division would round a negative average up (big.Int's Div does not). */
function floorDiv(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return dividend < 0n && quotient * divisor !== dividend ? quotient - 1n : quotient;
}

function larger(left: bigint, right: bigint): bigint {
  return left > right ? left : right;
}

function smaller(left: bigint, right: bigint): bigint {
  return left < right ? left : right;
}

function firstAddress(members: readonly ValidatorMember[]): Address {
  const [first] = members;
  if (!first) throw validatorSetInvalid('it is empty');
  return first.address;
}
