import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCode, stateAt, storedStateRoot } from '@heddle/executor';
import { bytesToHex, type Hash } from '@heddle/primitives';
import { fixtureFolder, type RpcClient, rpcClient, temporaryDirectory, waitFor } from '@heddle/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { openStore } from '../src/chain/chain-store.ts';
import { heddle, heddleCrashing, killCommands, runHeddle } from './heddle-command.ts';
import { askCase, readIoCases } from './io-cases.ts';

const fixtures = fixtureFolder('rpc') ?? '';
const PUBLIC = join(fixtures, 'execution-apis');
const GETH = join(fixtures, 'geth-chain');
/** Of the public tests: what a stored chain answers. */
const METHODS = [
  ...['eth_getBalance', 'eth_getCode', 'eth_getStorageAt', 'eth_getTransactionCount', 'eth_getProof'],
  ...['eth_getBlockByHash', 'eth_getBlockByNumber', 'eth_getBlockReceipts', 'eth_getTransactionReceipt'],
  ...['eth_getBlockTransactionCountByHash', 'eth_getBlockTransactionCountByNumber', 'eth_getTransactionByHash'],
  ...['eth_getTransactionByBlockHashAndIndex', 'eth_getTransactionByBlockNumberAndIndex', 'eth_getLogs'],
  ...['eth_call', 'eth_syncing', 'net_version'],
];
const folder = temporaryDirectory('import');

afterAll(() => {
  killCommands();
  folder.remove();
});

const headHashOf = (chain: string): string =>
  JSON.parse(readFileSync(join(chain, 'headfcu.json'), 'utf8')).params[0].headBlockHash;

interface HeadState {
  readonly root: string;
  readonly accounts: Record<string, HeadAccount>;
}

interface HeadAccount {
  readonly balance: string;
  readonly nonce: number;
  readonly root: Hash;
  readonly codeHash: Hash;
  readonly code?: string;
  readonly storage?: Record<Hash, string>;
}

/** What differs between the store in `datadir` and geth's dump of the head's state. */
async function stateFaults(datadir: string, dump: HeadState): Promise<string[]> {
  const store = await openStore(join(datadir, 'database'), { genesisHash: undefined });
  try {
    const { database, head } = store;
    const state = stateAt(database, head.number, head.number);
    const faults = storedStateRoot(database) === `0x${dump.root}` ? [] : ['another state root'];
    for (const [key, expected] of Object.entries(dump.accounts)) {
      const address = key.toLowerCase() as Hash;
      const account = state.account(address);
      const found = account && [account.balance.toString(), Number(account.nonce), account.codeHash];
      const wanted = [expected.balance, expected.nonce, expected.codeHash];
      if (JSON.stringify(found) !== JSON.stringify(wanted)) faults.push(`${address}: ${found}, expected ${wanted}`);
      if (account === undefined) continue;
      if (expected.code && bytesToHex(readCode(database, account.codeHash)) !== expected.code) {
        faults.push(`${address}: other code`);
      }
      const slots = Object.entries(expected.storage ?? {});
      if (account.slotCount !== slots.length) faults.push(`${address}: ${account.slotCount} slots`);
      for (const [slot, value] of slots) {
        const word = bytesToHex(state.slot(address, account.incarnation, slot as Hash));
        if (BigInt(word) !== BigInt(`0x${value}`)) faults.push(`${address} slot ${slot}: ${word}, expected ${value}`);
      }
    }
    return faults;
  } finally {
    await store.close();
  }
}

describe.skipIf(fixtures === '')('heddle import', () => {
  const datadir = join(folder.path, 'public');
  const geth = join(folder.path, 'geth');
  const importGeth = ['import', '--genesis', join(GETH, 'genesis.json'), join(GETH, 'chain.rlp'), '--datadir', geth];

  it('executes the public chain through every fork: head, every account, and the same bytes again', async () => {
    const genesis = ['--genesis', join(PUBLIC, 'chain', 'genesis.json')];
    const imported = await runHeddle('import', ...genesis, join(PUBLIC, 'chain', 'chain.rlp'), '--datadir', datadir);
    expect(imported.printed).toContain(
      `imported 54 blocks; ${datadir} is at block 54 ${headHashOf(join(PUBLIC, 'chain'))}`,
    );
    const dump = JSON.parse(readFileSync(join(PUBLIC, 'chain', 'headstate.json'), 'utf8')) as HeadState;
    expect(Object.keys(dump.accounts).length).toBeGreaterThan(30);
    expect(await stateFaults(datadir, dump)).toEqual([]);
    expect((await runHeddle('db', 'verify', '--datadir', datadir)).code).toBe(0);
    const file = join(folder.path, 'again.rlp');
    await runHeddle('export', '--datadir', datadir, file);
    expect(readFileSync(file)).toEqual(readFileSync(join(PUBLIC, 'chain', 'chain.rlp')));
  });

  it('goes on where a kill cut it short, to the head of 600 blocks and every account', async () => {
    for (const at of ['after-batch:150', 'before-batch:1', 'before-batch:200', 'after-batch:100']) {
      const killed = heddleCrashing(at, ...importGeth);
      await killed.code;
      expect(killed.child.signalCode, `${at}\n${killed.printed()}`).toBe('SIGKILL');
    }
    const last = await runHeddle(...importGeth);
    expect(last.printed).toMatch(
      new RegExp(`imported 151 blocks, 449 were there; .* at block 600 ${headHashOf(GETH)}`),
    );
    const dump = JSON.parse(readFileSync(join(GETH, 'headstate.json'), 'utf8')) as HeadState;
    expect(await stateFaults(geth, dump)).toEqual([]);
    expect((await runHeddle(...importGeth)).printed).toContain('imported 0 blocks, 600 were there');
  });

  it('refuses a second block for a height by its number, and keeps what is there', async () => {
    const refused = await runHeddle('import', join(GETH, 'chain.rlp'), '--datadir', datadir);
    expect(refused.code).toBe(1);
    expect(refused.printed).toContain('the block after 54 is refused (header): number: the header says 1, expected 55');
    expect((await runHeddle('import', '--datadir', datadir)).printed).toContain('is at block 54');
  });

  it('takes blocks back, and imports them again', async () => {
    const rewound = await runHeddle('db', 'rewind', '--datadir', datadir, '--to', '20');
    expect(rewound.printed).toContain('is at block 20 again');
    expect((await runHeddle('db', 'verify', '--datadir', datadir)).printed).toContain('is sound: block 20 ');
    const again = await runHeddle('import', join(PUBLIC, 'chain', 'chain.rlp'), '--datadir', datadir);
    expect(again.printed).toContain('imported 34 blocks, 20 were there');
    expect(again.printed).toContain(`is at block 54 ${headHashOf(join(PUBLIC, 'chain'))}`);
  });

  it('serves it: the public cases for balances, code, storage, nonces, proofs, blocks, receipts and logs', async () => {
    const serving = heddle('serve', '--datadir', datadir, '--port', '0');
    const url = await waitFor(() => /RPC at (\S+)/.exec(serving.printed())?.[1], { what: 'RPC' });
    const client: RpcClient = rpcClient(url);
    const cases = readIoCases(join(PUBLIC, 'tests'), METHODS);
    expect(cases.length).toBeGreaterThan(50);
    for (const one of cases) {
      if (!one.isShapeOnly) expect(await askCase(client, one), one.name).toEqual(one.answer);
    }
    // PUSH0 PUSH0 RETURN: an opcode of Shanghai, which began with block 39.
    expect(await client.call('eth_call', { data: '0x5f5ff3' }, '0x27')).toBe('0x');
    expect((await client.fail('eth_call', { data: '0x5f5ff3' }, '0x26')).message).toMatch(/invalid opcode/);
    serving.child.kill('SIGINT');
    expect(await serving.code).toBe(0);
  });
});
