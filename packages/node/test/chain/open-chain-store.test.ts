import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TemporaryDirectory, temporaryDirectory } from '@heddle/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openChainStore } from '../../src/chain/open-chain-store.ts';
import { heddleSource } from '../../src/genesis/heddle-source.ts';
import { readGenesisFile } from '../../src/genesis/read-genesis.ts';

const VALIDATOR = { address: `0x${'aa'.repeat(20)}`, stake: 1, feeAddress: `0x${'ee'.repeat(20)}` };
const ALICE = 'a1'.repeat(20);
const BOB = 'b0'.repeat(20);
const alloc = { [ALICE]: { balance: '1', storage: { '0x01': '0x02' } }, [BOB]: { balance: '0x2', nonce: 1 } };
let folder: TemporaryDirectory;
let file: string;

beforeEach(() => {
  folder = temporaryDirectory('open-chain-store');
  file = join(folder.path, 'genesis.json');
});

afterEach(() => folder.remove());

function write(change: Readonly<Record<string, unknown>> = {}, space?: number): void {
  const config = { chainId: 31337, heddle: { validators: [VALIDATOR] } };
  writeFileSync(file, JSON.stringify({ alloc, config, gasLimit: '0x1c9c380', ...change }, undefined, space));
}

/** Opens the store and closes it; what was made for it. */
async function open(): Promise<{ steps: string[]; hash: string }> {
  const steps: string[] = [];
  const source = heddleSource(file, readGenesisFile(file));
  const counted = {
    ...source,
    accounts: () => {
      steps.push('accounts');
      return source.accounts();
    },
  };
  const store = await openChainStore(join(folder.path, 'database'), counted, (what) => void steps.push(what));
  await store.close();
  return { steps: [...new Set(steps)], hash: store.head.hash };
}

describe('the store of a genesis file', () => {
  it('is made once; then the accounts are not even read', async () => {
    write();
    const made = await open();
    expect(made.steps).toEqual(['accounts', 'writing the genesis state']);
    expect(await open()).toEqual({ steps: [], hash: made.hash });
  });

  it('takes another spelling of the same, and looks at its accounts once', async () => {
    write();
    const { hash } = await open();
    write({ alloc: Object.fromEntries(Object.entries(alloc).reverse()) }, 2);
    expect(await open()).toEqual({ steps: ['accounts'], hash });
    expect(await open()).toEqual({ steps: [], hash });
    expect(existsSync(join(folder.path, 'database.genesis'))).toBe(false);
  });

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['an account more', { alloc: { ...alloc, ['c0'.repeat(20)]: { balance: 3 } } }],
    ['a slot less', { alloc: { ...alloc, [ALICE]: { balance: '1' } } }],
    ['another rule', { config: { chainId: 31337, heddle: { validators: [VALIDATOR], timestamps: 'shared' } } }],
    ['another gas limit', { gasLimit: '0x1c9c381' }],
  ])('refuses a genesis with %s', async (_, change) => {
    write();
    const { hash } = await open();
    write(change);
    await expect(open()).rejects.toMatchObject({ code: 'STORE_OTHER_CHAIN', message: expect.stringContaining(hash) });
    write();
    expect((await open()).hash).toBe(hash);
  });

  it('is not made of an alloc that cannot be', async () => {
    for (const [bad, why] of [
      [{ [ALICE]: { balance: 'much' } }, `alloc.${ALICE}.balance: found "much"`],
      [{ xyz: {} }, 'alloc.xyz: found {}, expected an address as the key'],
      [{ [VALIDATOR.feeAddress]: { balance: 1 } }, 'config.heddle.validators[0].feeAddress'],
      [{ [ALICE]: { storage: { '0x1': '0x1' } } }, 'a balance, a nonce or code beside the storage'],
      [{ [ALICE]: { balance: 1 }, [`0x${ALICE}`]: { balance: 2 } }, `names the account 0x${ALICE} twice`],
    ] as const) {
      write({ alloc: bad });
      await expect(open()).rejects.toThrow(why);
      expect(existsSync(join(folder.path, 'database'))).toBe(false);
    }
    write();
    expect((await open()).steps).toContain('writing the genesis state');
  });
});
