import { type Address, bytesToHex } from '@heddle/primitives';
import { createRandom, seedFromEnvironment, testAccount, withCodesHotFrom } from '@heddle/testkit';
import { expect, it } from 'vitest';
import type { Engine } from '../../src/engine.ts';
import { createEthereumjsEngine } from '../../src/engines/ethereumjs/create-engine.ts';
import { createWasmEngine } from '../../src/engines/wasm/create-engine.ts';
import { comparable, environment, executed, plainState, RULES } from '../support/run.ts';
import { randomProgram } from './random-programs.ts';

const seed = seedFromEnvironment('random-programs');
const PROGRAMS = Number(process.env.HEDDLE_PROGRAMS ?? 20);
/** As it comes, with cells from the first run on, and from the first jump in the midst of it. */
const HOT_FROM = [1 << 30, 0, 1];
/** The second one finds the code and its cells known. */
const RUNS = 2;
const CONTRACT: Address = `0x${'c0'.repeat(20)}`;
const alice = testAccount(1);

it('a random program comes to what it comes to on stock, whatever gas there is', async () => {
  const stock = await createEthereumjsEngine(RULES);
  const forms: Engine[] = [];
  for (const hotFrom of HOT_FROM) forms.push(await withCodesHotFrom(hotFrom, () => createWasmEngine(RULES)));
  for (const engine of [...forms, stock]) engine.beginBlock(environment());
  let succeeded = 0;
  for (let index = 0; index < PROGRAMS; index++) {
    const random = createRandom(`${seed}/${index}`);
    const code = randomProgram(random);
    const where = `case ${seed}/${index}: ${bytesToHex(code)}`;
    const whole = await outcome(stock, code, 2_000_000n);
    if (whole.succeeded) succeeded++;
    for (const [form, wasm] of forms.entries()) {
      const how = `hot from ${HOT_FROM[form]}, ${where}`;
      for (let run = 0; run < RUNS; run++) expect(await outcome(wasm, code, 2_000_000n), how).toEqual(whole);
    }
    for (let run = 0; run < 3; run++) {
      const gas = random.bigint(22_600n, whole.gasUsed);
      const expected = await outcome(stock, code, gas);
      for (const [form, wasm] of forms.entries()) {
        expect(await outcome(wasm, code, gas), `gas ${gas}, hot from ${HOT_FROM[form]}, ${where}`).toEqual(expected);
      }
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
