import { assert, EMPTY_BYTES, hexToBytes, keccak256Hex, ZERO_ADDRESS, ZERO_HASH } from '@heddle/primitives';
import type { BlockEnvironment, CallMessage, Engine, StateAccess } from '../../engine.ts';

const CODE = [
  ...['6064', '5b'], // from 100; here each turn begins
  ...['808002', '600701', '60011c'], // x * x + 7, halved
  ...['600052', '60206000', '20', '5450'], // stored in memory, hashed, and the slot with that number read
  ...['60005150'], // loaded again
  ...['60019003', '80600257', '00'], // one less, and back while it is not 0
];
const PROGRAM = hexToBytes(`0x${CODE.join('')}`);
/** Where its 7 stands. */
const CONSTANT = 7;
/** Of either kind; half as many were enough in Node 20. */
const CALLS = 10;

const CONTRACT = `0x${'01'.repeat(20)}` as const;
const ENVIRONMENT: BlockEnvironment = {
  ...{ number: 1, timestamp: 1, beneficiary: ZERO_ADDRESS, gasLimit: 1n << 24n, baseFeePerGas: 0n, excessBlobGas: 0n },
  ...{ mixHash: ZERO_HASH, parentHash: ZERO_HASH, parentBeaconBlockRoot: ZERO_HASH, withdrawals: [] },
};
const MESSAGE: CallMessage = {
  ...{ from: ZERO_ADDRESS, to: CONTRACT, gasLimit: ENVIRONMENT.gasLimit, gasPrice: 0n, value: 0n, data: EMPTY_BYTES },
};
const ACCOUNT = { balance: 0n, nonce: 1n, codeHash: keccak256Hex(PROGRAM) };
const STATE: StateAccess = {
  readAccount: (address) => (address === CONTRACT ? ACCOUNT : undefined),
  readSender: () => undefined,
  readSlot: () => new Uint8Array(32),
  hasStorage: () => false,
  readCode: () => PROGRAM,
  readBlockHash: () => undefined,
};

/**
 * Runs short calls until V8 has seen what will be hot. It has no on-stack replacement for WebAssembly: a long call that
 * begins before that takes twice its time, to its end. One code for a contract, which gets cells soon, and new codes, which
 * the plain loop runs. Threads share what V8 makes of the module.
 */
export async function warmUp(engine: Engine): Promise<void> {
  engine.beginBlock(ENVIRONMENT);
  for (let index = 0; index < CALLS; index++) {
    await run(engine, MESSAGE);
    await run(engine, { ...MESSAGE, to: undefined, data: PROGRAM.with(CONSTANT, index) });
  }
}

async function run(engine: Engine, message: CallMessage): Promise<void> {
  const outcome = await engine.runCall(message, STATE, { isAbandoned: () => false });
  assert(outcome.status === 'executed' && outcome.succeeded, 'the program of the warm-up ends');
}
