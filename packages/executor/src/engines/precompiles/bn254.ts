import { type Fork, isActive } from '@heddle/primitives';
import { createBn254 } from '../crypto/bn254.ts';
import type { Curves } from '../crypto/mcl.ts';
import { type Poll, type Precompile, rightPadded, toWord } from './precompile.ts';

const BYZANTIUM_GAS = { add: 500n, mul: 40_000n, pairing: 100_000n, perPair: 80_000n };
/** EIP-1108. */
const GAS = { add: 150n, mul: 6_000n, pairing: 45_000n, perPair: 34_000n };
const PAIR_SIZE = 192;

/** Addition, multiplication and pairing on alt_bn128 (EIP-196, EIP-197); cheaper since Istanbul. */
export function bn254Precompiles(curves: Curves, fork: Fork, poll: Poll): Precompile[] {
  const curve = createBn254(curves.bn254, poll);
  const gas = isActive(fork, 'istanbul') ? GAS : BYZANTIUM_GAS;
  return [
    { address: 0x06, since: 'byzantium', gas: () => gas.add, run: (data) => curve.add(rightPadded(data, 128)) },
    { address: 0x07, since: 'byzantium', gas: () => gas.mul, run: (data) => curve.mul(rightPadded(data, 96)) },
    {
      address: 0x08,
      since: 'byzantium',
      gas: (data) => gas.pairing + gas.perPair * BigInt(Math.floor(data.length / PAIR_SIZE)),
      run: (data) => (data.length % PAIR_SIZE === 0 ? toWord(curve.pairing(data)) : undefined),
    },
  ];
}
