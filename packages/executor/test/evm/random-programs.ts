import { assemble, type CodeElement, type Random } from '@heddle/testkit';
import { inFork, type Reach, randomHalt, randomOutreach } from './random-reach.ts';

/** Words on the stack wherever a block begins. */
const HEIGHT = 20;

/** How much a program does. */
interface Size {
  readonly blocks: number;
  readonly loops: number;
  /** Elements of the longest block. */
  readonly longest: number;
}

const ALONE: Size = { blocks: 8, loops: 3, longest: 60 };
/** Of one that others call: small, since calls multiply. */
const AMONG_OTHERS: Size = { blocks: 4, loops: 1, longest: 40 };
/** Of an operation, that it concerns others. */
const OUTREACH = 0.24;

const UNARY = ['ISZERO', 'NOT', 'CLZ', 'CALLDATALOAD', 'TLOAD'];
const BINARY = [
  ...['ADD', 'MUL', 'SUB', 'DIV', 'SDIV', 'MOD', 'SMOD', 'SIGNEXTEND', 'AND', 'OR', 'XOR', 'BYTE', 'SHL', 'SHR', 'SAR'],
  ...['LT', 'GT', 'SLT', 'SGT', 'EQ', 'LT', 'EQ', 'EXP'],
];
const TERNARY = ['ADDMOD', 'MULMOD'];
const NULLARY = [
  ...['ADDRESS', 'CALLER', 'CALLVALUE', 'CALLDATASIZE', 'CODESIZE', 'RETURNDATASIZE', 'TIMESTAMP', 'NUMBER', 'PC'],
  ...['GAS', 'MSIZE', 'SELFBALANCE', 'BASEFEE', 'PUSH0'],
];

/**
 * A program that shuffles its stack, jumps forwards, loops a few times, and returns all that it has come to. It succeeds
 * when there is gas enough. With a `reach` it also calls, creates, logs, and may end otherwise.
 */
export function randomProgram(random: Random, reach?: Reach): Uint8Array {
  const { blocks, loops, longest } = reach === undefined ? ALONE : AMONG_OTHERS;
  const program: CodeElement[] = [random.int(1, loops), 0x400, 'MSTORE'];
  for (let index = 0; index < HEIGHT; index++) program.push(randomConstant(random));
  for (let block = 0; block < blocks; block++) {
    const target = { at: `block ${random.int(block + 1, blocks)}` };
    program.push(
      { label: `block ${block}` },
      ...randomBody(random, longest, reach),
      ...randomEnd(random, block, target),
    );
  }
  const again: CodeElement[] = [1, 0x400, 'MLOAD', 'SUB', 'DUP1', 0x400, 'MSTORE', { at: 'block 0' }, 'JUMPI'];
  program.push({ label: `block ${blocks}` }, ...again);
  for (let index = 0; index < HEIGHT; index++) program.push(0x20 * index, 'MSTORE');
  program.push(...(reach === undefined ? [0x420, 0, 'RETURN'] : randomHalt(random, reach)));
  return assemble(...inFork(program, reach?.fork ?? 'osaka'));
}

/** Ends at the height at which it begins. */
function randomBody(random: Random, longest: number, reach: Reach | undefined): CodeElement[] {
  const body: CodeElement[] = [];
  let height = HEIGHT;
  const length = random.int(0, longest);
  while (body.length < length) {
    const isOutreach = reach !== undefined && random.chance(OUTREACH);
    height += isOutreach ? randomOutreach(random, reach, body) : randomOperation(random, body);
  }
  for (; height > HEIGHT; height--) body.push('POP');
  for (; height < HEIGHT; height++) body.push(random.chance(0.5) ? 'DUP3' : randomConstant(random));
  return body;
}

/** Adds an operation; returns by how much it changes the height. The stack is deep enough for 16 of them in a row. */
function randomOperation(random: Random, body: CodeElement[]): number {
  const kind = random.int(0, 99);
  const add = (change: number, ...elements: CodeElement[]): number => {
    body.push(...elements);
    return change;
  };
  if (kind < 22) return add(1, `DUP${random.int(1, 16)}`);
  if (kind < 44) return add(0, `SWAP${random.int(1, 16)}`);
  if (kind < 50) return add(1, randomConstant(random));
  if (kind < 54) return add(1, random.pick(NULLARY));
  if (kind < 60) return add(0, random.pick(UNARY));
  if (kind < 80) return add(0, `DUP${random.int(1, 6)}`, random.pick(BINARY));
  if (kind < 83) return add(0, `DUP${random.int(1, 6)}`, 'DUP3', random.pick(TERNARY));
  if (kind < 86) return add(1, 32 * random.int(0, 31), 'MLOAD');
  if (kind < 89) return add(0, 'DUP2', 32 * random.int(0, 31), random.pick(['MSTORE', 'MSTORE8', 'TSTORE']));
  if (kind < 91) return add(1, random.int(0, 80), random.int(0, 80), 'KECCAK256');
  if (kind < 93) return add(0, 'DUP1', random.int(0, 3), 'SSTORE');
  if (kind < 95) return add(1, random.int(0, 3), 'SLOAD');
  if (kind < 97) return add(0, random.int(0, 40), random.int(0, 40), random.int(0, 40), 'CALLDATACOPY');
  if (kind < 98) return add(1, 0, 0, 0, 0, 0, 'ADDRESS', 0, 'CALL');
  return add(0, 'DUP4', 'DUP4', 4, 2, 'LOG2');
}

/** To the next block, or to one of those after it. */
function randomEnd(random: Random, block: number, target: CodeElement): CodeElement[] {
  const comparison = random.pick(['LT', 'GT', 'SLT', 'SGT', 'EQ']);
  return random.pick<CodeElement[]>([
    [],
    [{ at: `block ${block + 1}` }, 'JUMP'],
    [target, 'JUMP'],
    ['DUP3', target, 'JUMPI'],
    ['DUP3', 'ISZERO', target, 'JUMPI'],
    ['DUP2', 'DUP5', comparison, target, 'JUMPI'],
    ['DUP2', 'DUP5', comparison, 'ISZERO', target, 'JUMPI'],
    // A target that is no constant where it is used, and a condition that others still ask for.
    [target, 'DUP4', 'SWAP1', 'JUMPI'],
    ['DUP2', 'DUP5', comparison, 'DUP1', 'SWAP2', 'POP', target, 'JUMPI'],
  ]);
}

function randomConstant(random: Random): CodeElement {
  const edges = [0n, 1n, 2n, 31n, 255n, 2n ** 255n, 2n ** 256n - 1n, 2n ** 64n, 2n ** 128n - 1n];
  if (random.chance(0.4)) return random.pick(edges);
  return random.bytes(random.int(1, 32)).reduce((hex, byte) => hex + byte.toString(16).padStart(2, '0'), '0x');
}
