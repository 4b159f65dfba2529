import { bytesToHex, type Log } from '@heddle/primitives';
import { createRandom, seedFromEnvironment } from '@heddle/testkit';
import { expect, it } from 'vitest';
import { encodeRunResults, logsOf, type RunResult } from '../../src/shared-memory/run-result.ts';

const seed = seedFromEnvironment('run results');

it("finds each contract's logs, in order, among those of a block", () => {
  const random = createRandom(seed);
  const first = random.bytes(20);
  // Two begin alike, two end alike, and one stands in topics and data only.
  const contracts = [first, first.with(19, (first[19] ?? 0) ^ 1), first.with(0, (first[0] ?? 0) ^ 1), random.bytes(20)];
  const [, , , silent] = contracts as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  const drawLog = (): Log => ({
    address: bytesToHex(random.pick(contracts.slice(0, 3))),
    topics: Array.from({ length: random.int(0, 4) }, () => bytesToHex(Buffer.concat([Buffer.alloc(12), silent]))),
    data: bytesToHex(Buffer.concat([silent, random.bytes(random.int(0, 40))])),
  });
  for (let round = 0; round < 50; round++) {
    const results = Array.from({ length: random.int(0, 30) }, (): RunResult => {
      return {
        succeeded: random.chance(0.5),
        contractAddress: random.chance(0.3) ? bytesToHex(silent) : undefined,
        logs: Array.from({ length: random.int(0, 3) }, drawLog),
      };
    });
    const encoded = encodeRunResults(results);
    const logs = results.flatMap((result) => result.logs);
    for (const contract of contracts.map(bytesToHex)) {
      expect(logsOf(encoded, contract)).toEqual(logs.filter(({ address }) => address === contract));
    }
  }
});
