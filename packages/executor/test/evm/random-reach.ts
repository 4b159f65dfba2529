import { type Address, concatBytes, type Fork, isActive } from '@heddle/primitives';
import { assemble, type CodeElement, type Random } from '@heddle/testkit';

// What a random program does to the world around it: looks at accounts, calls them and precompiles, creates, logs, ends.

/** Whom a program may look at and call. */
export interface Reach {
  readonly contracts: readonly Address[];
  /** Accounts without code, also some that do not exist. */
  readonly others: readonly Address[];
  /** Whose operations it has. Default: the newest. */
  readonly fork?: Fork;
}

/** What came with a fork, and what does as much to the stack before it. */
const LATER: Readonly<Record<string, readonly [since: Fork, before: CodeElement]>> = {
  BASEFEE: ['london', 'GAS'],
  PUSH0: ['shanghai', '0x00'],
  TLOAD: ['cancun', 'SLOAD'],
  TSTORE: ['cancun', 'SSTORE'],
  MCOPY: ['cancun', 'CALLDATACOPY'],
  BLOBHASH: ['cancun', 'CALLDATALOAD'],
  BLOBBASEFEE: ['cancun', 'GAS'],
  CLZ: ['osaka', 'NOT'],
};

/** `program` without operations that came after `fork`; 0 is pushed by PUSH0 where there is one. */
export function inFork(program: readonly CodeElement[], fork: Fork): CodeElement[] {
  return program.map((element) => {
    const later = LATER[element === 0 || element === 0n ? 'PUSH0' : String(element)];
    return later !== undefined && !isActive(fork, later[0]) ? later[1] : element;
  });
}

/** Where a program keeps what it hands over; below lie its own values (random-programs.ts). */
const SCRATCH = 0x440;
/** Behind the scratch of calls and creations: for each precompile an area of its own, so that its input stays valid. */
const PRECOMPILE_INPUTS = 0x800;
const PRECOMPILE_INPUT_SIZE = 0x200;
const CALLS = ['CALL', 'CALL', 'CALLCODE', 'DELEGATECALL', 'STATICCALL'] as const;

/** Adds an operation that concerns others to `body`; returns by how much it changes the height of the stack. */
export function randomOutreach(random: Random, reach: Reach, body: CodeElement[]): number {
  const [change, ...elements] = drawOutreach(random, reach);
  body.push(...elements);
  return change;
}

function drawOutreach(random: Random, reach: Reach): readonly [change: number, ...CodeElement[]] {
  const kind = random.int(0, 99);
  const anybody = () => random.pick([...reach.contracts, ...reach.others]);
  if (kind < 14) return [1, anybody(), random.pick(['BALANCE', 'EXTCODESIZE', 'EXTCODEHASH'])];
  if (kind < 19) return [0, random.int(0, 40), random.int(0, 9), SCRATCH, anybody(), 'EXTCODECOPY'];
  if (kind < 22) return [0, random.int(0, 40), random.int(0, 9), SCRATCH, 'CODECOPY'];
  if (kind < 25) return [0, 'RETURNDATASIZE', 0, SCRATCH, 'RETURNDATACOPY'];
  if (kind < 29) return [0, random.int(0, 90), random.int(0, 90), SCRATCH, 'MCOPY'];
  if (kind < 32) return [1, random.int(0, 2), 'BLOCKHASH'];
  if (kind < 34) return [1, random.int(0, 1), 'BLOBHASH'];
  if (kind < 39) return [1, random.pick(['COINBASE', 'PREVRANDAO', 'GASLIMIT', 'CHAINID', 'BLOBBASEFEE'])];
  if (kind < 42) return [1, random.pick(['ORIGIN', 'GASPRICE'])];
  if (kind < 52) return drawLog(random);
  if (kind < 74) return [1, ...drawPrecompileCall(random)];
  if (kind < 94) return [1, ...drawCall(random, anybody())];
  return [1, ...drawCreation(random)];
}

function drawLog(random: Random): readonly [change: number, ...CodeElement[]] {
  const topics = random.int(0, 4);
  return [0, ...Array.from({ length: topics }, () => 'DUP7'), random.int(0, 70), random.int(0, 90), `LOG${topics}`];
}

function drawCall(random: Random, address: Address): CodeElement[] {
  const call = random.pick(CALLS);
  const value = call === 'CALL' || call === 'CALLCODE' ? [random.pick([0, 0, 0, 1, 1_000])] : [];
  const gas = random.pick<CodeElement>([3_000, 12_000, 30_000, 60_000, 'GAS']);
  const [input, output] = [random.int(0, 0x3e0), random.int(0, 0x3c0)];
  return [random.pick([0, 32]), output, random.pick([0, 4, 32]), input, ...value, address, gas, call];
}

/** Of one that succeeds, fails, is refused as code, ends itself, or leaves a little code. */
function drawCreation(random: Random): CodeElement[] {
  const init = random.pick([
    assemble('STOP'),
    assemble(1, 1, 'SSTORE', 0x5b, 0, 'MSTORE8', 1, 0, 'RETURN'),
    assemble('CALLER', 'SELFDESTRUCT'),
    assemble(0, 0, 'REVERT'),
    assemble('INVALID'),
    assemble(0xef, 0, 'MSTORE8', 1, 0, 'RETURN'),
  ]);
  const code = concatBytes(Uint8Array.of(0x5f + 32), init, new Uint8Array(32 - init.length)); // PUSH32
  const value = random.pick([0, 0, 1]);
  const store: CodeElement[] = [code, SCRATCH, 'MSTORE'];
  return random.chance(0.5)
    ? [...store, init.length, SCRATCH, value, 'CREATE']
    : [...store, random.int(0, 2), init.length, SCRATCH, value, 'CREATE2'];
}

/** The words of a valid input, by the precompile's address; what is not listed is 0. */
const PRECOMPILES: readonly {
  readonly address: number;
  readonly size: number;
  readonly words?: Readonly<Record<number, CodeElement>>;
}[] = [
  { address: 1, size: 128, words: { 0: 0x1234, 1: 27, 2: 5, 3: 6 } },
  { address: 2, size: 77, words: { 1: 'GAS' } },
  { address: 3, size: 77, words: { 1: 'GAS' } },
  { address: 4, size: 77, words: { 1: 'GAS' } },
  { address: 5, size: 0x60 + 96, words: { 0: 32, 1: 32, 2: 32, 3: 'CALLER', 4: 'NUMBER', 5: 'TIMESTAMP' } },
  { address: 6, size: 128, words: { 0: 1, 1: 2, 2: 1, 3: 2 } }, // the generator, twice
  { address: 7, size: 96, words: { 0: 1, 1: 2, 2: 'CALLER' } },
  { address: 8, size: 192, words: { 0: 1, 1: 2 } }, // with the point at infinity
  { address: 9, size: 213, words: { 0: 0x2n << 224n, 1: 'CALLER' } },
  { address: 10, size: 192, words: {} },
  { address: 0x0b, size: 256 },
  { address: 0x0c, size: 160, words: { 4: 'CALLER' } },
  { address: 0x0d, size: 512 },
  { address: 0x0e, size: 288, words: { 8: 'CALLER' } },
  { address: 0x0f, size: 384 },
  { address: 0x10, size: 64, words: { 1: 'CALLER' } },
  { address: 0x11, size: 128, words: { 1: 'CALLER', 3: 'NUMBER' } },
  { address: 0x100, size: 160, words: { 0: 'GAS', 1: 1, 2: 1, 3: 1, 4: 1 } },
];

/** The addresses of all precompiles that programs call. */
export const CALLED_PRECOMPILES: readonly number[] = PRECOMPILES.map(({ address }) => address);

function drawPrecompileCall(random: Random): CodeElement[] {
  const index = random.int(0, PRECOMPILES.length - 1);
  const { address, size, words = {} } = PRECOMPILES[index] as (typeof PRECOMPILES)[number];
  const at = PRECOMPILE_INPUTS + index * PRECOMPILE_INPUT_SIZE;
  const input = address === 10 ? pointEvaluation(at) : [];
  for (const [word, value] of Object.entries(words)) input.push(value, at + Number(word) * 32, 'MSTORE');
  const [given, gas] = [random.chance(0.9) ? size : random.int(0, size), random.chance(0.95) ? 'GAS' : 700];
  const target: CodeElement[] = [32, random.int(0, 0x3c0), given, at];
  if (random.chance(0.5)) return [...input, ...target, address, gas, 'STATICCALL'];
  return [...input, ...target, random.pick([0, 0, 1]), address, gas, 'CALL'];
}

/** That the polynomial 0 is 0 at 0: versioned hash, z, y, commitment and proof, both the point at infinity. */
function pointEvaluation(at: number): CodeElement[] {
  const infinity = `0xc0${'00'.repeat(31)}`;
  return [INFINITY_HASH, at, 'MSTORE', infinity, at + 96, 'MSTORE', infinity, at + 144, 'MSTORE'];
}

/** Of the commitment at infinity (EIP-4844: 0x01, then its SHA-256 from the second byte on). */
const INFINITY_HASH = '0x010657f37554c781402a22917dee2f75def7ab966d7b770905398eba3c444014';

/** How a program ends; what it has come to stands in memory. */
export function randomHalt(random: Random, reach: Reach): CodeElement[] {
  const kind = random.int(0, 99);
  if (kind < 60) return [0x420, 0, 'RETURN'];
  if (kind < 75) return ['STOP'];
  if (kind < 85) return [random.pick([...reach.contracts, ...reach.others]), 'SELFDESTRUCT'];
  return kind < 95 ? [0x60, 0, 'REVERT'] : ['INVALID'];
}
