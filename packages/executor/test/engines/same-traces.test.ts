import { type Address, type ExecutionRules, FORKS, hexToBytes, isActive } from '@heddle/primitives';
import {
  assemble,
  type CodeElement,
  createRandom,
  type Random,
  seedFromEnvironment,
  testAccount,
} from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import type { Engine } from '../../src/engine.ts';
import { createEthereumjsEngine } from '../../src/engines/ethereumjs/create-engine.ts';
import { createWasmEngine } from '../../src/engines/wasm/create-engine.ts';
import { randomProgram } from '../evm/random-programs.ts';
import type { TestAccountState } from '../support/memory-state.ts';
import { recordTrace, type TraceRecorder } from '../support/record-trace.ts';
import { environment, plainState, RULES, run, word } from '../support/run.ts';
import { drawTransactionCase } from './random-transactions.ts';

// What engines report of a run must be the same in all: that of `ethereumjs` is made from the events of stock.

const seed = seedFromEnvironment('same-traces');
const CASES = Number(process.env.HEDDLE_TRACES ?? 12);
const SINCE_BERLIN = FORKS.filter((fork) => isActive(fork, 'berlin'));
const alice = testAccount(1);
const DRIVER: Address = `0x${'d0'.repeat(20)}`;
const PROGRAM: Address = `0x${'c0'.repeat(20)}`;
const IDENTITY: Address = `0x${'00'.repeat(19)}04`;
const NOBODY: Address = `0x${'ee'.repeat(20)}`;

/** What programs write to is set, so that they earn refunds. */
const STORAGE = new Map([0, 1, 2, 3].map((slot) => [word(slot), hexToBytes(word(77))] as const));

interface Traced {
  readonly engine: Engine;
  readonly trace: TraceRecorder;
}

async function tracedEngines(rules: ExecutionRules): Promise<[stock: Traced, wasm: Traced]> {
  const [forStock, forWasm] = [recordTrace(), recordTrace()];
  return [
    { engine: await createEthereumjsEngine(rules, { tracer: forStock }), trace: forStock },
    { engine: await createWasmEngine(rules, { tracer: forWasm }), trace: forWasm },
  ];
}

/**
 * What was reported while `job` ran. Of an operation that a static frame forbids and that is too dear as well, engines
 * name the one or the other.
 */
async function linesOf({ engine, trace }: Traced, job: (engine: Engine) => Promise<unknown>): Promise<string[]> {
  trace.lines.length = 0;
  await job(engine);
  return trace.lines.map((line) => line.replace(/"(write protection|out of gas)"/, '"forbidden, or out of gas"'));
}

/** Calls that succeed, fail, are refused, and create, of a program and of what runs no code. */
function randomDriver(random: Random): Uint8Array {
  const program: CodeElement[] = [0x600b5f55, 0, 'MSTORE'];
  for (let index = 0; index < 6; index++) {
    const gas = random.pick<CodeElement>(['GAS', 500, 5_000, 50_000, 200_000]);
    const target = random.pick([PROGRAM, PROGRAM, IDENTITY, NOBODY]);
    const ranges: CodeElement[] = [random.int(0, 96), random.int(0, 64), random.int(0, 40), random.int(0, 64)];
    const value = random.pick([0, 1, 2n ** 100n]);
    program.push(
      ...random.pick<CodeElement[]>([
        [...ranges, value, target, gas, 'CALL'],
        [...ranges, value, target, gas, 'CALLCODE'],
        [...ranges, target, gas, 'DELEGATECALL'],
        [...ranges, target, gas, 'STATICCALL'],
        [4, 28, random.pick([0, 1, 2n ** 100n]), 'CREATE'],
        [random.int(0, 1), random.int(0, 4), 28, 0, 'CREATE2'],
        [random.int(0, 4), 'SLOAD'],
      ]),
    );
  }
  return assemble(
    ...program,
    ...random.pick<CodeElement[]>([[], ['STOP'], [64, 0, 'RETURN'], [64, 0, 'REVERT'], ['INVALID']]),
  );
}

describe('both engines report the same', () => {
  it('of random programs and of what calls them, whatever gas there is', async () => {
    const [stock, wasm] = await tracedEngines(RULES);
    for (const { engine } of [stock, wasm]) engine.beginBlock(environment());
    const seen = { depth: 0, errors: new Set<string>() };
    for (let index = 0; index < CASES; index++) {
      const random = createRandom(`${seed}/${index}`);
      const accounts: Record<Address, TestAccountState> = {
        [DRIVER]: { code: randomDriver(random), balance: 5n },
        [PROGRAM]: { code: randomProgram(random), balance: 5n, storage: STORAGE },
      };
      for (const gasLimit of [1_000_000n, random.bigint(30_000n, 400_000n)]) {
        const data = Uint8Array.from({ length: 40 }, (_, place) => 250 - place);
        const message = { from: alice.address, to: DRIVER, gasLimit, gasPrice: 0n, value: 0n, data };
        const job = (engine: Engine) => engine.runCall(message, plainState(accounts), { isAbandoned: () => false });
        const expected = await linesOf(stock, job);
        expect(await linesOf(wasm, job), `case ${random.seed}, gas ${gasLimit}`).toEqual(expected);
        note(seen, expected);
      }
    }
    expect(seen.depth).toBeGreaterThan(0);
    expect(seen.errors.size).toBeGreaterThan(2);
  });

  it.each(SINCE_BERLIN)('of transactions of any kind under %s', async (fork) => {
    const rules: ExecutionRules = { ...RULES, fork, transactionGasCap: fork === 'osaka' ? 2n ** 24n : undefined };
    const [stock, wasm] = await tracedEngines(rules);
    for (let index = 0; index < CASES * 6; index++) {
      const drawn = drawTransactionCase(createRandom(`${seed}/${fork}/${index}`), rules);
      const job = (engine: Engine) => {
        engine.beginBlock(drawn.environment);
        return run(engine, drawn.transaction, drawn.sender, plainState(drawn.accounts));
      };
      expect(await linesOf(wasm, job), `case ${seed}/${fork}/${index}`).toEqual(await linesOf(stock, job));
    }
  });
});

function note(seen: { depth: number; errors: Set<string> }, lines: readonly string[]): void {
  for (const line of lines) {
    const { depth, error } = JSON.parse(line.slice(line.indexOf('{')));
    seen.depth = Math.max(seen.depth, depth ?? 0);
    if (error !== undefined) seen.errors.add(error);
  }
}
