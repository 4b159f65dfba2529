import { createRandom, seedFromEnvironment } from '@heddle/testkit';
import { expect, test } from 'vitest';
import { type Report, runTinyNetwork } from './tiny-network.ts';

const QUIET = {
  loss: 0,
  duplication: 0,
  maxDelayMs: 10,
  maxExecutionMs: 20,
  crash: 0,
  hasLiar: false,
  faultsEndMs: 3_000,
};
const HARD = {
  loss: 0.2,
  duplication: 0.1,
  maxDelayMs: 250,
  maxExecutionMs: 300,
  crash: 0.01,
  hasLiar: true,
  faultsEndMs: 15_000,
};

for (const size of [1, 2, 3, 4]) {
  test(`a network of ${size} decides every height in its first round when nothing goes wrong`, () => {
    const report = runTinyNetwork(createRandom(size), size, QUIET);
    expect(report.highestRound).toBe(0);
    expect(Math.min(...report.heights)).toBeGreaterThan(10);
  });
}

test('four validators, one of them a liar, agree through loss, delay and crashes, and go on when these stop', () => {
  const random = createRandom(seedFromEnvironment('tiny network'));
  const reports = Array.from({ length: 12 }, (_, run) => runTinyNetwork(random.fork(`run ${run}`), 4, HARD));
  const sum = (figure: (report: Report) => number) => reports.reduce((total, report) => total + figure(report), 0);
  // An easy network must not pass for a hard one.
  expect(sum(({ crashes }) => crashes)).toBeGreaterThan(24);
  expect(sum(({ evidence }) => evidence)).toBeGreaterThan(24);
  expect(sum(({ highestRound }) => highestRound)).toBeGreaterThan(24);
  const lines = new Set(reports.flatMap(({ linesSeen }) => [...linesSeen]));
  for (const line of ['L16', 'L28', 'L36', 'L44', 'L47', 'L49', 'L55', 'L57', 'L61', 'L65'])
    expect(lines).toContain(line);
});

test('seven validators, one of them a liar, agree as well', () => {
  const random = createRandom(seedFromEnvironment('tiny network of seven'));
  for (let run = 0; run < 2; run++) runTinyNetwork(random.fork(`run ${run}`), 7, { ...HARD, faultsEndMs: 6_000 });
});
