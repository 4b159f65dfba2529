import { type Address, bytesToHex } from '@heddle/primitives';
import { createRandom, seedFromEnvironment, testAccount } from '@heddle/testkit';
import { expect, it } from 'vitest';
import type { Engine } from '../../src/engine.ts';
import { createEthereumjsEngine } from '../../src/engines/ethereumjs/create-engine.ts';
import { createWasmEngine } from '../../src/engines/wasm/create-engine.ts';
import { comparable, environment, executed, plainState, RULES } from '../support/run.ts';
import { randomProgram } from './random-programs.ts';

const seed = seedFromEnvironment('random-programs');
const PROGRAMS = Number(process.env.HEDDLE_PROGRAMS ?? 20);
/** The second one finds the code and its blocks known. */
const RUNS = 2;
const CONTRACT: Address = `0x${'c0'.repeat(20)}`;
const alice = testAccount(1);

it('a random program comes to what it comes to on stock, whatever gas there is', async () => {
  const [wasm, stock] = await Promise.all([createWasmEngine(RULES), createEthereumjsEngine(RULES)]);
  for (const engine of [wasm, stock]) engine.beginBlock(environment());
  let succeeded = 0;
  for (let index = 0; index < PROGRAMS; index++) {
    const random = createRandom(`${seed}/${index}`);
    const code = randomProgram(random);
    const where = `case ${seed}/${index}: ${bytesToHex(code)}`;
    const whole = await outcome(stock, code, 2_000_000n);
    if (whole.succeeded) succeeded++;
    for (let run = 0; run < RUNS; run++) expect(await outcome(wasm, code, 2_000_000n), where).toEqual(whole);
    for (let run = 0; run < 3; run++) {
      const gas = random.bigint(22_600n, whole.gasUsed);
      expect(await outcome(wasm, code, gas), `gas ${gas}, ${where}`).toEqual(await outcome(stock, code, gas));
    }
  }
  expect(succeeded).toBeGreaterThan(PROGRAMS / 2);
});

async function outcome(engine: Engine, code: Uint8Array, gasLimit: bigint) {
  const data = Uint8Array.from({ length: 40 }, (_, index) => 250 - index);
  const message = { from: alice.address, to: CONTRACT, gasLimit, gasPrice: 0n, value: 0n, data };
  const state = plainState({ [CONTRACT]: { code, balance: 5n } });
  return comparable(executed(await engine.runCall(message, state, { isAbandoned: () => false })));
}
