import { createRandom, type Random, seedFromEnvironment } from '@heddle/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { PLACE_SIZE, PLACES, startWordModule, type WordModule } from './word-module.ts';

const seed = seedFromEnvironment('words');
const ROUNDS = 2_000;

const MODULUS = 2n ** 256n;
const SIGN = 2n ** 255n;
const LIMB_ONES = 2n ** 64n - 1n;
const signed = (a: bigint): bigint => (a >= SIGN ? a - MODULUS : a);
const wrapped = (a: bigint): bigint => BigInt.asUintN(256, a);

/** Primes and other numbers that contracts compute with. */
const KNOWN = [
  0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n, // bn254
  0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2fn, // secp256k1
  10n ** 18n,
  2n ** 96n,
  2n ** 224n,
];

const EDGES = [0n, 1n, 2n, 31n, 32n, 255n, 256n, SIGN - 1n, SIGN, SIGN + 1n, MODULUS - 1n, MODULUS - 2n, ...KNOWN];

/** What an operation must come to. The number of its parameters is the number of operands. */
type Model = (a: bigint, b: bigint, c: bigint) => bigint;

const BINARY: Readonly<Record<string, Model>> = {
  add: (a, b) => wrapped(a + b),
  subtract: (a, b) => wrapped(a - b),
  multiply: (a, b) => wrapped(a * b),
  divide: (a, b) => (b === 0n ? 0n : a / b),
  modulo: (a, b) => (b === 0n ? 0n : a % b),
  divideSigned: (a, b) => (b === 0n ? 0n : wrapped(signed(a) / signed(b))),
  moduloSigned: (a, b) => (b === 0n ? 0n : wrapped(signed(a) % signed(b))),
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  byteOf: (index, a) => (index > 31n ? 0n : (a >> (8n * (31n - index))) & 0xffn),
  signExtend: (index, a) => (index > 30n ? a : wrapped(BigInt.asIntN(Number(index) * 8 + 8, a))),
  shiftLeft: (count, a) => (count > 255n ? 0n : wrapped(a << count)),
  shiftRight: (count, a) => (count > 255n ? 0n : a >> count),
  shiftRightSigned: (count, a) => wrapped(signed(a) >> (count > 255n ? 255n : count)),
};

const UNARY: Readonly<Record<string, Model>> = {
  not: (a) => MODULUS - 1n - a,
  negate: (a) => wrapped(-a),
  countLeadingZeros: (a) => BigInt(256 - bits(a)),
  copyWord: (a) => a,
  readWord: reversed,
  writeWord: reversed,
};

const TERNARY: Readonly<Record<string, Model>> = {
  addModulo: (a, b, n) => (n === 0n ? 0n : (a + b) % n),
  multiplyModulo: (a, b, n) => (n === 0n ? 0n : (a * b) % n),
};

const QUESTIONS: Readonly<Record<string, (a: bigint, b: bigint) => boolean | number | bigint>> = {
  isZero: (a) => a === 0n,
  isSmall: (a) => a <= LIMB_ONES,
  isAllOnes: (a) => a === MODULUS - 1n,
  isNegative: (a) => a >= SIGN,
  isEqual: (a, b) => a === b,
  isBelow: (a, b) => a < b,
  isSignedBelow: (a, b) => signed(a) < signed(b),
  bitLength: (a) => bits(a),
  byteLength: (a) => Math.ceil(bits(a) / 8),
  saturated: (a) => (a > LIMB_ONES ? LIMB_ONES : a),
};

let words: WordModule;
beforeAll(async () => {
  words = await startWordModule();
}, 240_000);

/** A word that is likely to be at an edge: some of its limbs are 0 or all ones, or the whole is near a power of two. */
function drawWord(random: Random): bigint {
  if (random.chance(0.15)) return random.pick(EDGES);
  if (random.chance(0.15)) return wrapped((1n << BigInt(random.int(0, 255))) - random.bigint(-2n, 2n));
  const limbs = random.pick([1, 2, 4, 4, 4]);
  let word = 0n;
  for (let index = 0; index < limbs; index++) {
    const limb = random.pick([0n, LIMB_ONES, 1n, 1n << 63n, 0xffffffffn, 0xffffffff00000000n]);
    word = (word << 64n) | (random.chance(0.5) ? limb : random.bigint(0n, LIMB_ONES));
  }
  return word;
}

function drawOperands(random: Random, count: number): bigint[] {
  const operands = Array.from({ length: count }, () => drawWord(random));
  const first = operands[0] ?? 0n;
  if (count > 1 && random.chance(0.2)) operands[random.int(1, count - 1)] = wrapped(first + random.bigint(-1n, 1n));
  return operands;
}

function bits(a: bigint): number {
  return a === 0n ? 0 : a.toString(2).length;
}

function reversed(a: bigint): bigint {
  return BigInt(`0x${Buffer.from(a.toString(16).padStart(64, '0'), 'hex').reverse().toString('hex')}`);
}

function checkOperation(name: string, model: Model, draw: (random: Random) => readonly bigint[]): void {
  const random = createRandom(`${seed}/${name}`);
  for (let round = 0; round < ROUNDS; round++) {
    const operands = draw(random);
    const aliased = random.pick([undefined, ...operands.keys()]);
    const expected = model(operands[0] ?? 0n, operands[1] ?? 0n, operands[2] ?? 0n);
    const result = words.compute(name, operands, aliased);
    if (result !== expected)
      expect.fail(
        `${name}(${operands.map((operand) => `0x${operand.toString(16)}`).join(', ')}), over operand ${aliased}: ` +
          `0x${result.toString(16)} instead of 0x${expected.toString(16)}`,
      );
  }
}

describe('operations on words come to what exact numbers come to, also over their own operands', () => {
  for (const [operations, count] of [
    [UNARY, 1],
    [BINARY, 2],
    [TERNARY, 3],
  ] as const)
    for (const [name, model] of Object.entries(operations))
      it(name, () => checkOperation(name, model, (random) => drawOperands(random, count)));

  for (const name of ['byteOf', 'signExtend', 'shiftLeft', 'shiftRight', 'shiftRightSigned'])
    it(`${name}, whose first operand is small`, () => {
      const model = BINARY[name] as Model;
      checkOperation(name, model, (random) => [random.bigint(0n, random.pick([33n, 257n])), drawWord(random)]);
    });

  it('exponentiate', () => {
    const model: Model = (base, exponent) => {
      let [power, square] = [1n, base];
      for (let rest = exponent; rest > 0n; rest >>= 1n) {
        if (rest & 1n) power = wrapped(power * square);
        square = wrapped(square * square);
      }
      return power;
    };
    checkOperation('exponentiate', model, (random) => drawOperands(random, 2));
  });
});

describe('multiplications modulo the same number many times in a row', () => {
  it('use what is known of it exactly, also when another modulus comes between', () => {
    const random = createRandom(`${seed}/repeated modulus`);
    for (let round = 0; round < 400; round++) {
      const modulus = random.chance(0.3) ? random.pick(KNOWN) : drawWord(random) | (1n << random.bigint(192n, 255n));
      const model = TERNARY.multiplyModulo as Model;
      for (let repeat = 0; repeat < 12; repeat++) {
        const n = random.chance(0.1) ? drawWord(random) : modulus;
        const near = (): bigint => (random.chance(0.5) ? drawWord(random) : wrapped(modulus - random.bigint(0n, 3n)));
        const [a, b] = [near(), near()];
        expect(words.compute('multiplyModulo', [a, b, n], random.pick([undefined, 0, 1, 2]))).toBe(model(a, b, n));
      }
    }
  });
});

describe('questions about words', () => {
  for (const [name, model] of Object.entries(QUESTIONS))
    it(name, () => {
      const random = createRandom(`${seed}/${name}`);
      for (let round = 0; round < ROUNDS; round++) {
        const operands = drawOperands(random, model.length);
        const [a = 0n, b = 0n] = operands;
        const answer = words.ask(name, operands);
        const exact = typeof answer === 'bigint' ? BigInt.asUintN(64, answer) : BigInt(answer);
        expect(exact, `${name} of ${operands.join(', ')}`).toBe(BigInt(model(a, b)));
      }
    });
});

describe('carries', () => {
  it('come back from additions and subtractions', () => {
    const random = createRandom(`${seed}/carries`);
    for (let round = 0; round < ROUNDS; round++) {
      const [a = 0n, b = 0n] = drawOperands(random, 2);
      expect(carryOf('add', a, b)).toBe(a + b >= MODULUS ? 1n : 0n);
      expect(carryOf('subtract', a, b)).toBe(a < b ? 1n : 0n);
    }
  });

  function carryOf(name: 'add' | 'subtract', a: bigint, b: bigint): number | bigint {
    words.ask('isEqual', [a, b]); // lays the operands out
    const [left, right] = [PLACES, PLACES + PLACE_SIZE];
    return words.functions[name]?.(left, left, right) ?? -1n;
  }
});

describe('addresses', () => {
  it('are read and written as 20 bytes, whatever is above them', () => {
    const random = createRandom(`${seed}/addresses`);
    const [bytes, word] = [512, 1024];
    for (let round = 0; round < 200; round++) {
      const address = random.bytes(20);
      words.memory.fill(0xee, bytes - 8, bytes + 40);
      words.memory.set(address, bytes);
      words.functions.readAddress?.(word, bytes);
      expect(reversedBytes(word)).toEqual(Buffer.concat([Buffer.alloc(12), address]));
      words.memory.fill(0xdd, word + 20, word + 32);
      words.memory.fill(0xee, bytes, bytes + 20);
      words.functions.writeAddress?.(bytes, word);
      expect(Buffer.from(words.memory.slice(bytes - 8, bytes + 28))).toEqual(
        Buffer.concat([Buffer.alloc(8, 0xee), address, Buffer.alloc(8, 0xee)]),
      );
    }
  });

  function reversedBytes(at: number): Buffer {
    return Buffer.from(words.memory.slice(at, at + 32)).reverse();
  }
});
