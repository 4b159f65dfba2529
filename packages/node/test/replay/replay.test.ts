import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAddress, type Hash, keccak256Hex, ZERO_HASH } from '@heddle/primitives';
import {
  assemble,
  creation,
  initCodeOf,
  signedTransaction,
  type TestAccount,
  temporaryDirectory,
  testAccounts,
  transfer,
} from '@heddle/testkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import { makeGenesis } from '../../src/genesis/make-genesis.ts';
import { replayFiles } from '../../src/replay/replay-files.ts';
import type { Check } from '../../src/replay/replay-report.ts';
import { reportText } from '../../src/replay/report-text.ts';
import { expectReplaySchema } from './replay-schema.ts';
import { account, GENESIS, type Json, NUMBER, shownTransaction, type TracedBlock, traceBlock } from './traced-block.ts';

const folder = temporaryDirectory('replay');
const [alice, bob, carol] = testAccounts(3) as [TestAccount, TestAccount, TestAccount];
const COUNTER = `0x${'c0'.repeat(20)}` as const;
const READER = `0x${'b1'.repeat(20)}` as const;
const HASHES: ReadonlyMap<number, Hash> = new Map([[NUMBER - 5, keccak256Hex(Buffer.from('old'))]]);
/** Of a code that no file holds. */
const CODE = keccak256Hex(Buffer.from('code'));
/** Adds one to slot 0 and logs. */
const COUNT = assemble(0, 'SLOAD', 1, 'ADD', 0, 'SSTORE', 0, 0, 'LOG0', 'STOP');
/** Stores the hash of an old block. */
const READ_HASH = assemble(5, 'NUMBER', 'SUB', 'BLOCKHASH', 0, 'SSTORE', 'STOP');
const CALL = { gasLimit: 100_000n, value: 0n };

let printed: string[] = [];
beforeEach(() => {
  printed = [];
  for (const stream of ['log', 'error'] as const) {
    vi.spyOn(console, stream).mockImplementation((line) => void printed.push(line));
  }
});
afterEach(() => {
  vi.restoreAllMocks();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(name);
});

/** Two calls of one counter, and a transfer beside them. */
function counted(): Promise<TracedBlock> {
  const alloc = [alice, bob, carol].map(({ address }) => account(address));
  const transactions = [
    { transaction: signedTransaction(alice, { ...CALL, to: COUNTER }), sender: alice.address },
    { transaction: transfer(carol, `0x${'dd'.repeat(20)}`, 1n), sender: carol.address },
    { transaction: signedTransaction(bob, { ...CALL, to: COUNTER }), sender: bob.address },
  ];
  return traceBlock([...alloc, account(COUNTER, { code: COUNT })], transactions);
}

function hashReader(): Promise<TracedBlock> {
  const transaction = signedTransaction(alice, { ...CALL, to: READER });
  const alloc = [account(alice.address), account(READER, { code: READ_HASH })];
  return traceBlock(alloc, [{ transaction, sender: alice.address }], HASHES);
}

let folders = 0;

/** Writes the files of a block; the flags that name them. */
function filesOf({ block, trace }: { block: Json; trace: unknown }) {
  const path = join(folder.path, String(folders++));
  mkdirSync(path);
  const write = (name: string, value: unknown) => {
    const file = join(path, name);
    writeFileSync(file, JSON.stringify(value));
    return file;
  };
  return {
    write,
    files: {
      block: write('block.json', { jsonrpc: '2.0', id: 1, result: block }),
      prestate: write('prestate.json', trace),
      genesis: write('genesis.json', GENESIS),
    },
  };
}

async function replay(block: { block: Json; trace: unknown }, ...flags: string[]) {
  const { files } = filesOf(block);
  const named = Object.entries(files).flatMap(([flag, file]) => [`--${flag}`, file]);
  const code = await runProgram(['replay', ...named, '--repeat', '1', '--workers', '1', ...flags], {
    startNode: () => Promise.reject(new RangeError('no node here')),
  });
  return { code, text: printed.join('\n') };
}

describe('heddle replay', () => {
  it('agrees with a block that is as it was, and names the slot on which it clashes', async () => {
    const { files } = filesOf(await counted());
    const report = await replayFiles(files, { workers: 2, repeats: 2 });
    expect(report.differences).toEqual([]);
    expect(report.agrees).toBe(true);
    expect(report.checks.filter(({ verdict }) => verdict !== 'equal').map(({ field }) => field)).toEqual(['stateRoot']);
    const { figures } = report;
    expect(figures).toMatchObject({ workers: 2, repeats: 2, chain: [0, 2] });
    expect(figures?.byGas.bound.unlimited).toBeGreaterThan(1);
    expect(figures?.locations[0]).toMatchObject({
      address: COUNTER,
      slot: ZERO_HASH,
      readers: 2,
      writers: 2,
      dependencies: 1,
    });
    expect(figures?.removals).toMatchObject([{ address: COUNTER }]);
  });

  it("runs a block of a chain of Heddle's by its fork, which its genesis.json does not name", async () => {
    const { files, write } = filesOf(await counted());
    const { json } = makeGenesis({
      ...{ seed: 'replay', validatorCount: 4, prefunded: [], balanceWei: 1n, predeploys: 'none', timestamp: 1 },
      ...{ chainId: undefined, gasLimit: undefined, elasticity: undefined, timestamps: undefined, base: undefined },
    });
    const report = await replayFiles({ ...files, genesis: write('heddle.json', json) }, { workers: 1, repeats: 1 });
    expect(report.block).toMatchObject({ chainId: 31337, fork: 'osaka' });
  });

  it('says the same of a block whatever the workers: a nonce that one of them predicts is no clash for another', async () => {
    const chain = [0, 1, 2, 3].map((nonce) => ({
      transaction: signedTransaction(alice, { ...CALL, to: COUNTER, nonce }),
      sender: alice.address,
    }));
    const alloc = [account(alice.address), account(COUNTER, { code: COUNT })];
    const { files } = filesOf(await traceBlock(alloc, chain));
    const [one, two] = await Promise.all([1, 2].map((workers) => replayFiles(files, { workers, repeats: 1 })));
    const names = (report: typeof one) => report?.figures?.locations.map(({ reExecutions: _, ...rest }) => rest);
    expect(names(one)?.map(({ kind }) => kind)).toEqual(['slot']);
    const byGas = ({ gain, ...rest }: { gain: { gas: number } }) => ({ ...rest, gas: gain.gas });
    expect(names(one)?.map(byGas)).toEqual(names(two)?.map(byGas));
  });

  it('warms up before the rounds that count, also where that is one', async () => {
    const { files } = filesOf(await counted());
    const rounds: number[] = [];
    const report = await replayFiles(files, { workers: 1, repeats: 1, onRun: (done) => rounds.push(done) });
    expect(report.figures?.repeats).toBe(1);
    expect(rounds.slice(0, 1)).toEqual([0]);
    expect(rounds.filter((done) => done > 0)).toEqual([1]);
  });

  it('ends with 0 and says that all agrees', async () => {
    const { code, text } = await replay(await counted());
    expect(code).toBe(0);
    expect(text).toContain('gasUsed           header = plain = parallel');
    expect(text).toContain('agree in all that can be compared');
  });

  it('prints JSON in the form that its schema promises', async () => {
    const { code, text } = await replay(await counted(), '--json');
    expect(code).toBe(0);
    expectReplaySchema(JSON.parse(text));
  });

  it('takes a prestate that is merged to one object', async () => {
    const { block, trace } = await counted();
    const merged = Object.assign({}, ...trace.map(({ result }) => result).reverse());
    expect((await replay({ block, trace: merged })).code).toBe(0);
  });

  it.each([
    ['gasUsed', '0x1', /^ {2}gasUsed: the header says 1, plain and parallel execution give \d+$/m],
    ['receiptsRoot', ZERO_HASH, /^ {2}receiptsRoot: the header says 0x0+, plain and parallel execution give 0x/m],
    [
      'logsBloom',
      `0x${'00'.repeat(255)}01`,
      /^ {2}logsBloom: .* \(1 bits set\), plain and parallel .* \(\d+ bits set\)/m,
    ],
    ['transactionsRoot', ZERO_HASH, /^ {2}transactionsRoot: the header says 0x0+, the block's body gives 0x/m],
  ])('ends with 1 and says so where the header has another %s', async (field, value, line) => {
    const { block, trace } = await counted();
    const { code, text } = await replay({ block: { ...block, [field]: value }, trace });
    expect(code).toBe(1);
    expect(text).toMatch(line);
    expect(text).toMatch(/^ {2}hash: the file says 0x.*, its header comes to 0x.*: a field was changed$/m);
  });

  it('names an account that is missing where results differ', async () => {
    const { block, trace } = await counted();
    const without = trace.map(({ result: { [COUNTER]: _, ...result } }) => ({ result }));
    const { code, text } = await replay({ block, trace: without });
    expect(code).toBe(1);
    expect(text).toMatch(/^ {2}gasUsed: the header says/m);
    expect(text).toContain('If they were not empty, this is why the results differ');
    expect(text).toContain(`transaction 0 reads account ${COUNTER}`);
  });

  it('does not blame what is missing for what the file says of itself', async () => {
    const { block, trace } = await counted();
    const nobody = trace.map(({ result: { [`0x${'dd'.repeat(20)}`]: _, ...result } }) => ({ result }));
    const { code, text } = await replay({ block: { ...block, hash: ZERO_HASH }, trace: nobody });
    expect(code).toBe(1);
    expect(text).toMatch(/^ {2}hash: the file says/m);
    expect(text).toMatch(
      /Transactions read .* that the prestate does not list.*What differs has nothing to do with them\.$/m,
    );
    expect(text).not.toContain('If they were not empty');
  });

  it('blames what is missing only where plain execution differs from the header, whatever other runs came to', async () => {
    const { block, trace } = await counted();
    const textWithout = async (address: string) => {
      const without = trace.map(({ result: { [address]: _, ...result } }) => ({ result }));
      const report = await replayFiles(filesOf({ block, trace: without }).files, { workers: 1, repeats: 1 });
      const deviate = (check: Check): Check =>
        check.parallel === undefined ? check : { ...check, parallel: '1', verdict: 'different' };
      return reportText({ ...report, agrees: false, checks: report.checks.map(deviate) });
    };
    expect(await textWithout(COUNTER)).toContain('If they were not empty, this is why the results differ');
    expect(await textWithout(`0x${'dd'.repeat(20)}`)).toContain('What differs has nothing to do with them.');
  });

  it('counts one thing as one', async () => {
    const one = { transaction: signedTransaction(alice, { ...CALL, to: COUNTER }), sender: alice.address };
    const { text } = await replay(await traceBlock([account(alice.address), account(COUNTER, { code: COUNT })], [one]));
    expect(text).toContain('  1 incarnation, 0 of them re-executions, none deferred');
  });

  it('names a sender that is missing, whose transaction may not stand in the block then', async () => {
    const { block, trace } = await counted();
    const without = trace.map(({ result: { [carol.address]: _, ...result } }) => ({ result }));
    const { code, text } = await replay({ block, trace: without });
    expect(code).toBe(1);
    expect(text).toMatch(/transaction 1 \(0x[0-9a-f]{64}\) may not stand in the block: insufficient funds/);
    expect(text).toContain(`transaction 1 reads account ${carol.address}`);
  });

  it('asks for the hash of an old block by its number, and takes it', async () => {
    const block = await hashReader();
    const { code, text } = await replay(block);
    expect(code).toBe(1);
    expect(text).toContain(`reads the hash of block ${NUMBER - 5} with BLOCKHASH`);
    const { write } = filesOf(block);
    const hashes = write('hashes.json', Object.fromEntries(HASHES));
    expect(await replay(block, '--block-hashes', hashes)).toMatchObject({ code: 0 });
  });

  it('knows what the block itself made, which later prestates name as it was then', async () => {
    const alloc = [alice, bob].map(({ address }) => account(address));
    const create = creation(alice, initCodeOf(COUNT));
    const contract = createAddress(alice.address, 0n);
    const transactions = [
      { transaction: create, sender: alice.address },
      { transaction: transfer(bob, carol, 10n ** 17n), sender: bob.address },
      { transaction: signedTransaction(bob, { ...CALL, to: contract, nonce: 1 }), sender: bob.address },
      { transaction: transfer(carol, bob, 1n), sender: carol.address },
    ];
    const block = await traceBlock(alloc, transactions);
    expect(block.trace[0]?.result).not.toHaveProperty(contract);
    expect(block.trace[2]?.result).toHaveProperty(contract);
    expect(await replay(block)).toMatchObject({ code: 0 });
  });
});

describe('what heddle replay is given', () => {
  it.each([
    ['no prestate', ['--block', 'b.json'], '--prestate is missing'],
    ['a witness and a block', ['--block', 'b.json', '--witness', 'w.json'], '--block does not go with it'],
    [
      'no such file',
      ['--block', '/nowhere/b.json', '--prestate', 'p.json'],
      '/nowhere/b.json: cannot be read (ENOENT)',
    ],
  ])('is judged: %s', async (_, flags, message) => {
    const startNode = () => Promise.reject(new RangeError('no node here'));
    expect(await runProgram(['replay', ...flags], { startNode })).toBe(1);
    expect(printed.join('\n')).toContain(message);
  });

  it.each<[string, (block: TracedBlock) => { block: Json; trace: unknown }, string]>([
    [
      'a chain without its rules',
      ({ block, trace }) => ({ block: { ...block, transactions: [foreign()] }, trace }),
      'for chain 5',
    ],
    ['an answer without a block', ({ trace }) => ({ block: null, trace }), 'the node knows nothing of it'],
    ['a prestate as the block', ({ trace }) => ({ block: trace[0]?.result ?? {}, trace }), 'it looks like a prestate'],
    ['a trace as the block', ({ trace }) => ({ block: trace as unknown as Json, trace }), 'it looks like a prestate'],
    ['an empty list as the block', ({ trace }) => ({ block: [] as unknown as Json, trace }), 'it has no parentHash'],
    ['an empty object as the block', ({ trace }) => ({ block: {}, trace }), 'it has no parentHash'],
    ['something else as the block', ({ trace }) => ({ block: { a: 1 }, trace }), 'is no block: it has no parentHash'],
    ['a trace in diff mode', ({ block }) => ({ block, trace: { pre: {}, post: {} } }), 'without diffMode'],
    ['a trace that failed', ({ block }) => ({ block, trace: [{ error: 'gone' }] }), 'could not trace this transaction'],
    ['accounts without addresses', ({ block }) => ({ block, trace: { structLogs: [] } }), 'an address as the key'],
    [
      'a code that is elsewhere',
      ({ block }) => ({ block, trace: { [COUNTER]: { balance: '0x0', code_hash: CODE } } }),
      `its code ${CODE} is not in`,
    ],
  ])('is refused with what to do: %s', async (_, change, message) => {
    const { code, text } = await replay(change(await counted()));
    expect(code).toBe(1);
    expect(text).toContain(message);
    expect(printed.length).toBe(1);
  });
});

function foreign(): Json {
  return JSON.parse(JSON.stringify(shownTransaction(signedTransaction(alice, { chainId: 5n }))));
}
