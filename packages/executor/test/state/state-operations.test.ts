import { bigIntToBytes, bytesToHex, concatBytes, EMPTY_CODE_HASH, type Hex } from '@heddle/primitives';
import { createRandom, seedFromEnvironment } from '@heddle/testkit';
import { expect, it } from 'vitest';
import { CHUNK_SIZE } from '../../src/history/change-index.ts';
import type { BatchOperation } from '../../src/state/database.ts';
import type { StateDiff } from '../../src/state/state-diff.ts';
import { flatStateOperations, stateOperations } from '../../src/state/state-operations.ts';
import { createUniverse, type ModelAccount, type ModelState, randomBlock } from './state-model.ts';

// The records of the store's format, put together from text: as slow as it is plain.

const BLOCKS = 3 * CHUNK_SIZE;

/** A key, and its value; none: it goes. */
type Write = readonly [key: string, value?: string];

/** How a location changes, in hex. No digits: there is no record. */
interface Change {
  readonly location: string;
  readonly before: string;
  readonly after: string;
}

it('writes of a block the records, what they were, and who changed them, in the format of the store', () => {
  const random = createRandom(seedFromEnvironment('state-operations'));
  const universe = createUniverse(random, 8, 6);
  const store = createStore();
  const changedBy = new Map<string, number[]>();
  let state: ModelState = new Map();
  for (let number = 1; number <= BLOCKS; number++) {
    const { state: next, diff } = randomBlock(random, universe, state, number);
    const changes = changesOf(diff, state, next);
    const codes = [...diff.codes].map(([hash, code]): Write => [`63${digits(hash)}`, digits(bytesToHex(code))]);
    const history = (change: Change): Write[] => [
      headOf(change),
      [`76${word(number)}${change.location}`, change.before],
      ...indexOf(change.location, number, changedBy),
    ];
    expect(writesOf(flatStateOperations(store, diff))).toEqual([...changes.map(headOf), ...codes]);
    const operations = stateOperations(store, number, diff);
    expect(writesOf(operations)).toEqual([...codes, ...changes.flatMap(history)]);
    store.write(operations);
    state = next;
  }
});

function changesOf({ accounts, slots }: StateDiff, before: ModelState, after: ModelState): Change[] {
  const addresses = new Set([...accounts.keys(), ...slots.keys()]);
  return [...addresses].flatMap((address) => {
    const next = after.get(address);
    const account = {
      location: `61${digits(address)}`,
      before: recordOf(before.get(address)),
      after: recordOf(next),
    };
    const changed = next === undefined ? [] : [...(slots.get(address) ?? [])];
    const own = changed.map(([slot, change]) => ({
      location: `73${digits(address)}${word(next?.incarnation ?? 0)}${digits(slot)}`,
      before: trimmed(change.before),
      after: trimmed(change.after),
    }));
    return [account, ...own].filter((change) => change.before !== change.after);
  });
}

function headOf({ location, after }: Change): Write {
  return after === '' ? [location] : [location, after];
}

function indexOf(location: string, number: number, changedBy: Map<string, number[]>): Write[] {
  const numbers = [...(changedBy.get(location) ?? []), number];
  changedBy.set(location, numbers);
  const fullCount = Math.floor((numbers.length - 1) / CHUNK_SIZE);
  const last = numbers.slice(fullCount * CHUNK_SIZE);
  const writes: Write[] = [[`68${location}`, [fullCount, ...last].map(word).join('')]];
  if (fullCount === 0 || last.length > 1) return writes;
  const full = numbers.slice((fullCount - 1) * CHUNK_SIZE, fullCount * CHUNK_SIZE);
  return [[`68${location}${word(fullCount - 1)}`, full.map(word).join('')], ...writes];
}

function recordOf(account: ModelAccount | undefined): string {
  if (account === undefined) return '';
  const { nonce, balance, incarnation, slots, codeHash } = account;
  const numbers = [nonce, balance, BigInt(incarnation), BigInt(slots.size)].map(bigIntToBytes);
  const sized = concatBytes(...numbers.flatMap((bytes) => [Uint8Array.of(bytes.length), bytes]));
  return digits(bytesToHex(sized)) + (codeHash === EMPTY_CODE_HASH ? '' : digits(codeHash));
}

function trimmed(value: Uint8Array): string {
  return digits(bytesToHex(value)).replace(/^(00)+/, '');
}

function word(number: number): string {
  return number.toString(16).padStart(8, '0');
}

function digits(hex: Hex): string {
  return hex.slice(2);
}

function writesOf(operations: readonly BatchOperation[]): Write[] {
  return operations.map((operation) => {
    const key = digits(bytesToHex(operation.key));
    return operation.type === 'put' ? [key, digits(bytesToHex(operation.value))] : [key];
  });
}

function createStore() {
  const values = new Map<string, Uint8Array>();
  return {
    getSync: (key: Uint8Array) => values.get(bytesToHex(key)),
    write(operations: readonly BatchOperation[]) {
      for (const operation of operations) {
        if (operation.type === 'put') values.set(bytesToHex(operation.key), operation.value);
        else values.delete(bytesToHex(operation.key));
      }
    },
  };
}
