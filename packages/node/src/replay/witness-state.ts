import { type BatchOperation, createWitnessSource, headState, type Witness } from '@heddle/executor';
import { bytesToHex, type Hash, hexToBytes } from '@heddle/primitives';
import type { ReplayState } from './replay-state.ts';

/** The state of `stateRoot` as far as `witness` proves it. */
export function createWitnessState(stateRoot: Hash, witness: Witness): ReplayState {
  const proven = createWitnessSource(stateRoot, witness);
  const asked = new Map<string, Uint8Array>();
  const source = {
    getSync(key: Uint8Array) {
      const value = proven.getSync(key);
      if (value !== undefined) asked.set(bytesToHex(key), value);
      return value;
    },
  };
  return {
    reader: headState(source),
    isProven: true,
    at: () => undefined,
    missing: () => [], // a read that the witness does not answer throws
    knowsRequests: () => true,
    records: () => ({
      stateRoot,
      source,
      operations: () =>
        [...asked].map(([key, value]): BatchOperation => ({ type: 'put', key: hexToBytes(key), value })),
    }),
  };
}
