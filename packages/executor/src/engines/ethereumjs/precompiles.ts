import {
  addressOfPublicKey,
  bigIntToBytesOfSize,
  bytesToBigInt,
  concatBytes,
  EMPTY_BYTES,
  type Fork,
  hexToBytes,
  isActive,
  padBytes,
  secp256k1,
} from '@heddle/primitives';
import type { Blake2f } from '../crypto/blake2f.ts';
import { createBls12381 } from '../crypto/bls12-381.ts';
import { createBn254 } from '../crypto/bn254.ts';
import { BLS_MODULUS, createKzgVerifier } from '../crypto/kzg.ts';
import type { Curves } from '../crypto/mcl.ts';
import { verifyP256 } from '../crypto/p256.ts';
import { sha256 } from '../crypto/sha256.ts';
import {
  type CustomPrecompile,
  type EVMBLSInterface,
  EVMError,
  type ExecResult,
  type PrecompileInput,
} from './ethereumjs.ts';

/** What a precompile gives: undefined costs all gas and fails the call. */
type Answer = Uint8Array | undefined;

interface Precompile {
  readonly address: number;
  readonly since: Fork;
  gas(input: Uint8Array): number;
  run(input: Uint8Array): Answer;
}

/** FIELD_ELEMENTS_PER_BLOB and the group's order: what a successful point evaluation returns (EIP-4844). */
const POINT_EVALUATED = concatBytes(bigIntToBytesOfSize(4096n, 32), bigIntToBytesOfSize(BLS_MODULUS, 32));
const TRUE = bigIntToBytesOfSize(1n, 32);
const FALSE = new Uint8Array(32);
const BLOB_HASH_VERSION = 1;
const BYZANTIUM_CURVE_GAS = { add: 500, mul: 40_000, pairing: 100_000, perPair: 80_000 };
const CURVE_GAS = { add: 150, mul: 6_000, pairing: 45_000, perPair: 34_000 };

/** The libraries that precompiles need, loaded. */
export interface FastCrypto {
  readonly curves: Curves;
  readonly blake2f: Blake2f;
}

/** Where precompiles run. */
export interface PrecompileOptions {
  readonly fork: Fork;
  /** Asks whether the run is still wanted; throws when it is not. */
  readonly poll: () => void;
}

/**
 * The precompiles whose stock code is slow (a thirtieth of a normal opcode's speed per gas and less). The
 * others (SHA-256, RIPEMD-160, identity, MODEXP, and the BLS ones over {@link stockBls}) stay stock.
 */
export function fastPrecompiles({ curves, blake2f }: FastCrypto, options: PrecompileOptions): CustomPrecompile[] {
  return [...signatures(), ...bn254(curves, options.fork), blake2(blake2f, options.poll), pointEvaluation(curves)]
    .filter(({ since }) => isActive(options.fork, since))
    .map((precompile) => ({
      address: `0x${precompile.address.toString(16).padStart(40, '0')}`,
      function: (input: PrecompileInput) => call(precompile, input),
    }));
}

/** What the stock BLS precompiles compute with. `poll` may throw to end a run. */
export function stockBls(curves: Curves, poll: () => void): EVMBLSInterface {
  const bls = createBls12381(curves.bls, poll);
  const orFail =
    (operation: (input: Uint8Array) => Answer) =>
    (input: Uint8Array): Uint8Array => {
      const answer = operation(input);
      if (answer === undefined) throw new EVMError(EVMError.errorMessages.BLS_12_381_POINT_NOT_ON_CURVE);
      return answer;
    };
  return {
    init: () => undefined,
    addG1: orFail(bls.addG1),
    addG2: orFail(bls.addG2),
    msmG1: orFail(bls.msmG1),
    msmG2: orFail(bls.msmG2),
    mapFPtoG1: orFail(bls.mapToG1),
    mapFP2toG2: orFail(bls.mapToG2),
    pairingCheck: orFail((input) => toWord(bls.pairing(input))),
  };
}

function call(precompile: Precompile, { data, gasLimit }: PrecompileInput): ExecResult {
  const gas = BigInt(precompile.gas(data));
  if (gas > gasLimit) return failed(EVMError.errorMessages.OUT_OF_GAS, gasLimit);
  const returnValue = precompile.run(data);
  if (returnValue === undefined) return failed(EVMError.errorMessages.INVALID_INPUTS, gasLimit);
  return { executionGasUsed: gas, returnValue };
}

function failed(reason: EVMError['error'], gasLimit: bigint): ExecResult {
  return { executionGasUsed: gasLimit, returnValue: EMPTY_BYTES, exceptionError: new EVMError(reason) };
}

function signatures(): Precompile[] {
  return [
    { address: 0x01, since: 'frontier', gas: () => 3_000, run: ecrecover },
    { address: 0x100, since: 'osaka', gas: () => 6_900, run: p256Verify },
  ];
}

/** ECRECOVER: the signer's address in 32 bytes; nothing when no key fits. High s is accepted. */
function ecrecover(data: Uint8Array): Uint8Array {
  const input = rightPadded(data, 128);
  const v = bytesToBigInt(input.subarray(32, 64));
  if (v !== 27n && v !== 28n) return EMPTY_BYTES;
  const recovery = v === 28n ? 1 : 0;
  const key = secp256k1.recover(input.slice(0, 32), { rs: input.slice(64, 128), recovery });
  return key === undefined ? EMPTY_BYTES : padBytes(hexToBytes(addressOfPublicKey(key)), 32);
}

/** P256VERIFY (EIP-7951): 1, or nothing for whatever is no valid signature. */
function p256Verify(data: Uint8Array): Uint8Array {
  if (data.length !== 160) return EMPTY_BYTES;
  const [digest, r, s, x, y] = words(data) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  return verifyP256({ digest, r, s, x, y }) ? TRUE : EMPTY_BYTES;
}

/** Cheaper since Istanbul (EIP-1108). */
function bn254(curves: Curves, fork: Fork): Precompile[] {
  const curve = createBn254(curves.bn254);
  const gas = isActive(fork, 'istanbul') ? CURVE_GAS : BYZANTIUM_CURVE_GAS;
  return [
    { address: 0x06, since: 'byzantium', gas: () => gas.add, run: (data) => curve.add(rightPadded(data, 128)) },
    { address: 0x07, since: 'byzantium', gas: () => gas.mul, run: (data) => curve.mul(rightPadded(data, 96)) },
    {
      address: 0x08,
      since: 'byzantium',
      gas: (data) => gas.pairing + gas.perPair * Math.floor(data.length / 192),
      run: (data) => (data.length % 192 === 0 ? toWord(curve.pairing(data)) : undefined),
    },
  ];
}

function blake2(blake2f: Blake2f, poll: () => void): Precompile {
  const rounds = (data: Uint8Array) => new DataView(data.buffer, data.byteOffset, data.byteLength).getUint32(0);
  const isWellFormed = (data: Uint8Array) => data.length === 213 && (data[212] as number) <= 1;
  return {
    address: 0x09,
    since: 'istanbul',
    gas: (data) => (isWellFormed(data) ? rounds(data) : 0),
    run: (data) => {
      if (!isWellFormed(data)) return undefined;
      const [state, block, counter] = [data.subarray(4, 68), data.subarray(68, 196), data.subarray(196, 212)];
      return blake2f({ rounds: rounds(data), state, block, counter, isFinal: data[212] === 1 }, poll);
    },
  };
}

function pointEvaluation(curves: Curves): Precompile {
  const verify = createKzgVerifier(curves.bls);
  return {
    address: 0x0a,
    since: 'cancun',
    gas: () => 50_000,
    run: (data) => {
      if (data.length !== 192) return undefined;
      const commitment = data.subarray(96, 144);
      const hash = sha256(commitment);
      hash[0] = BLOB_HASH_VERSION;
      if (Buffer.compare(hash, data.subarray(0, 32)) !== 0) return undefined;
      const [z, y, proof] = [data.subarray(32, 64), data.subarray(64, 96), data.subarray(144, 192)];
      return verify({ commitment, z, y, proof }) === true ? POINT_EVALUATED : undefined;
    },
  };
}

function toWord(answer: boolean | undefined): Answer {
  if (answer === undefined) return undefined;
  return answer ? TRUE : FALSE;
}

function words(data: Uint8Array): Uint8Array[] {
  return Array.from({ length: data.length / 32 }, (_, index) => data.slice(index * 32, index * 32 + 32));
}

function rightPadded(data: Uint8Array, size: number): Uint8Array {
  if (data.length >= size) return data;
  const padded = new Uint8Array(size);
  padded.set(data);
  return padded;
}
