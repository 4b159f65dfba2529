import { seedFromEnvironment } from '@heddle/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { killOne } from '../test-faults/cases/01-kill-one.ts';
import { killAll } from '../test-faults/cases/03-kill-all.ts';
import { stopProcesses } from '../test-faults/cases/04-stop-processes.ts';
import { partitionInHalves } from '../test-faults/cases/05-partition-in-halves.ts';
import { oneWayLoss } from '../test-faults/cases/07-one-way-loss.ts';
import { equivocation } from '../test-faults/cases/12-equivocation.ts';
import { FULL_SCALE, QUICK_SCALE } from '../test-faults/fault-case.ts';
import { NetworkUnderFault } from '../test-faults/network-under-fault.ts';
import { faultsOf, runCaseOn } from '../test-faults/run-case.ts';
import { verdictTable } from '../test-faults/verdict-table.ts';

// A part of the fault catalogue (docs/fault-catalogue.md), one fault after another on one devnet, which is judged after
// each. What must hold under any load is asserted; times are printed, since the machine may be busy.

const CASES = [killOne, killAll, stopProcesses, partitionInHalves, oneWayLoss, equivocation];

const scale = process.env.HEDDLE_SUITE === 'nightly' ? FULL_SCALE : QUICK_SCALE;
const seed = seedFromEnvironment('catalogue');
let network: NetworkUnderFault;

beforeAll(async () => {
  network = await NetworkUnderFault.start({});
});

afterAll(async () => {
  await network?.end();
});

test.each(CASES)('case $number: $title', async (faultCase) => {
  const result = await runCaseOn(network, faultCase, { scale, seed });
  console.log(`${verdictTable([result])}\n${result.findings.join('\n')}`);
  expect(faultsOf(result, { withTimes: false })).toEqual([]);
});

test('after all of that the devnet ends at Ctrl-C as any other', async () => {
  expect(await network.interrupt()).toBe(0);
});
