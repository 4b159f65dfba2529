import { expect, it } from 'vitest';
import { statusTable } from '../../src/cli/status-table.ts';
import type { DevnetStatus, ValidatorStatus } from '../../src/supervisor/devnet-status.ts';

const RUNNING: ValidatorStatus = {
  index: 0,
  state: 'running',
  pid: 4_711,
  rpcUrl: 'http://127.0.0.1:8545',
  head: 12,
  lag: 0,
  height: 13,
  round: 1,
  step: 'prevote',
  peers: 2,
  isSyncing: false,
};
const KILLED = { ...RUNNING, index: 1, state: 'killed', pid: null, head: 9, lag: 3 } as const;
const GONE = { height: null, round: null, step: null, peers: null };

function status(fields: Partial<DevnetStatus>): DevnetStatus {
  return { datadir: '/d', pid: 1, chainId: 31_337, isUp: true, head: 12, validators: [], faults: [], ...fields };
}

it('shows a line for each validator, then the faults', () => {
  const validators = [
    RUNNING,
    { ...KILLED, ...GONE, rpcUrl: null },
    { ...RUNNING, index: 2, isSyncing: true },
    { ...RUNNING, index: 3, round: -1, step: 'newHeight' },
  ];
  const faults: DevnetStatus['faults'] = [
    { type: 'partition', groups: [[0, 1], [2]] },
    { type: 'killed', validator: 1 },
    { type: 'stopped', validator: 2, leftMs: 1_500 },
    { type: 'stopped', validator: 2, leftMs: null },
    { type: 'slow', validator: 0, share: 0.25 },
    { type: 'clock', validator: 0, offsetMs: -200, drift: 0.01 },
  ];
  expect(statusTable(status({ validators, faults }))).toBe(
    [
      'chain 31337 at block 12 · /d',
      '#  state        head  lag  deciding      peers  pid   RPC',
      '0  running      12    0    13/1 prevote  2      4711  http://127.0.0.1:8545',
      '1  killed       9     3    -             -      -     -',
      '2  catching up  12    0    13/1 prevote  2      4711  http://127.0.0.1:8545',
      '3  running      12    0    13 not begun  2      4711  http://127.0.0.1:8545',
      'fault: partition 0,1/2',
      'fault: killed 1 (heddle fault restart 1 brings it back)',
      'fault: stopped 2 for another 1.5s',
      'fault: stopped 2 until heal',
      'fault: slow 0 25%',
      'fault: clock 0 -200ms, +1%',
    ].join('\n'),
  );
});

it('says so when nothing is wrong', () => {
  expect(statusTable(status({})).split('\n').at(-1)).toBe('no faults');
});
