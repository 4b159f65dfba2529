/// <reference path="../../src/shared-memory/web-assembly.d.ts" />
import { compilePart } from '../support/compile-assembly.ts';

// The functions on 256-bit words, compiled alone, and how a test calls them.

/** Files whose functions a test may call. */
const FILES = [
  'word',
  'bytes',
  'addition',
  'bits',
  'shifts',
  'multiplication',
  'division',
  'modular',
  'exponentiation',
  'scratch',
];

const OPTIONS = [
  ...['--sharedMemory', '--initialMemory', '1', '--maximumMemory', '1', '--memoryBase', '1024'],
  ...['--enable', 'simd', '--enable', 'threads'],
];

const SCRATCH = 8192;
/** Where operands lie; what does not lie in one of these 64-byte places must stay as it is. */
export const PLACES = 4096;
export const PLACE_SIZE = 64;

type WordFunction = (...values: number[]) => number | bigint;

/** The functions over one memory. */
export interface WordModule {
  /** Calls `name(result, ...operands)`, the result at operand `aliased`, or apart; gives it as a number. */
  compute(name: string, operands: readonly bigint[], aliased?: number): bigint;
  /** Calls `name(...operands)`, which writes nothing; gives what it returns. */
  ask(name: string, operands: readonly bigint[]): number | bigint;
  /** The functions and the memory themselves. */
  readonly functions: Readonly<Record<string, WordFunction>>;
  readonly memory: Uint8Array;
}

/** Compiles and starts the functions; about three seconds. */
export async function startWordModule(): Promise<WordModule> {
  const index = FILES.map((file) => `export * from "./${file}";`).join('\n');
  const module = await compilePart(index, 'evm/words', OPTIONS);
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const { exports } = new WebAssembly.Instance<Record<string, WordFunction>>(module, { env: { memory } });
  const view = new Uint8Array(memory.buffer);
  const call = (name: string, values: number[]): number | bigint => {
    const called = exports[name];
    if (called === undefined) throw new Error(`the words have no function ${name}`);
    return called(...values);
  };
  call('placeWordScratch', [SCRATCH]);
  const place = (index: number): number => PLACES + index * PLACE_SIZE;
  const lay = (operands: readonly bigint[]): number[] => {
    view.fill(0xa5, PLACES, place(5));
    operands.forEach((operand, index) => {
      view.set(toLittleEndian(operand), place(index));
    });
    return operands.map((_, index) => place(index));
  };
  return {
    compute(name, operands, aliased) {
      const addresses = lay(operands);
      const result = place(aliased ?? 4);
      call(name, [result, ...addresses]);
      const word = view.slice(result, result + 32);
      for (const [index, operand] of operands.entries()) {
        if (index === aliased) continue;
        if (fromLittleEndian(view, place(index)) !== operand) throw new Error(`${name} changed its operand ${index}`);
      }
      for (let at = PLACES; at < place(5); at += PLACE_SIZE)
        if (view.subarray(at + 32, at + 64).some((byte) => byte !== 0xa5)) throw new Error(`${name} wrote elsewhere`);
      return fromLittleEndian(word, 0);
    },
    ask: (name, operands) => call(name, lay(operands)),
    functions: exports,
    memory: view,
  };
}

function toLittleEndian(value: bigint): Uint8Array {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();
}

function fromLittleEndian(bytes: Uint8Array, at: number): bigint {
  return BigInt(
    `0x${Buffer.from(bytes.slice(at, at + 32))
      .reverse()
      .toString('hex')}`,
  );
}
