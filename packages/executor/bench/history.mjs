// What a question about the past costs: the balance of an account many blocks ago against the same at the head.
import { join } from 'node:path';
import { createRandom } from '@heddle/testkit';
import { createDatabase, flatStateOperations, stateAt, stateOperations } from '../dist/index.js';
import { Ledger, makeAddresses } from './ledger.mjs';

const ACCOUNTS = 10_000;
/** Of each block, besides the one that every block changes: who pays and who is paid. */
const CHANGED = 2;
const QUERIES = 2_000;

/** Writes `blocks` blocks to a store in `folder`; nanoseconds of one query at the head and of one at its beginning. */
export async function benchHistory(folder, { blocks, rounds }) {
  const database = await createDatabase(join(folder, 'history'));
  try {
    const random = createRandom('history');
    const ledger = new Ledger(makeAddresses(ACCOUNTS));
    const first = ledger.addresses.map((_, index) => ledger.account(index));
    const genesis = new Map(
      ledger.addresses.map((address, index) => [address, { before: undefined, after: first[index] }]),
    );
    await database.batch(flatStateOperations(database, diffOf(genesis)), { sync: false });
    for (let number = 1; number <= blocks; number++) {
      const diff = diffOf(new Map([...ledger.next(CHANGED, random).accounts, ledger.change(0, random)]));
      await database.batch(stateOperations(database, number, diff), { sync: false });
    }
    const timed = (name, number, indexes) => {
      const startedMs = performance.now();
      for (const index of indexes) {
        const account = stateAt(database, number, blocks).account(ledger.addresses[index]);
        const expected = number === blocks ? ledger.account(index) : first[index];
        if (account?.balance !== expected.balance) throw new Error(`${name}: account ${index} is ${account?.balance}`);
      }
      return ((performance.now() - startedMs) * 1e6) / indexes.length;
    };
    const times = { head: [], past: [], busyHead: [], busyPast: [] };
    for (let round = 0; round < rounds; round++) {
      const indexes = Array.from({ length: QUERIES }, () => random.int(1, ACCOUNTS - 1));
      times.head.push(timed('head', blocks, indexes));
      times.past.push(timed('past', 0, indexes));
      const busiest = new Array(QUERIES).fill(0);
      times.busyHead.push(timed('head', blocks, busiest));
      times.busyPast.push(timed('past', 0, busiest));
    }
    return Object.fromEntries(Object.entries(times).map(([name, values]) => [name, Math.min(...values)]));
  } finally {
    await database.close();
  }
}

function diffOf(accounts) {
  return { accounts, slots: new Map(), codes: new Map() };
}
