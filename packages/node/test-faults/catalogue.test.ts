import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { seedFromEnvironment } from '@heddle/testkit';
import { afterAll, expect, test } from 'vitest';
import { CATALOGUE } from './catalogue.ts';
import { FULL_SCALE, QUICK_SCALE } from './fault-case.ts';
import { type CaseResult, faultsOf, runCase } from './run-case.ts';
import { verdictTable } from './verdict-table.ts';

// The whole catalogue on real processes, by scripts/test-faults.mjs, which hands its flags over in the environment.

/** The longest case (a restart storm of three minutes) with all its waits in vain. */
const CASE_LIMIT_MS = 1_200_000;

const { HEDDLE_FAULTS_CASES, HEDDLE_FAULTS_SCALE, HEDDLE_FAULTS_JSON, HEDDLE_FAULTS_TABLE } = process.env;
const scale = HEDDLE_FAULTS_SCALE === 'quick' ? QUICK_SCALE : FULL_SCALE;
const chosen = HEDDLE_FAULTS_CASES ? HEDDLE_FAULTS_CASES.split(',').map(Number) : undefined;
const unknown = chosen?.filter((number) => !CATALOGUE.some((one) => one.number === number)) ?? [];
if (unknown.length > 0) {
  throw new Error(
    `there is no case ${unknown.join(', ')}; there are ${CATALOGUE.map(({ number }) => number).join(', ')}`,
  );
}
const seed = seedFromEnvironment('faults');
const results: CaseResult[] = [];

afterAll(() => {
  const failed = results.filter((result) => faultsOf(result, { withTimes: true }).length > 0);
  const minutes = results.reduce((sum, { tookMs }) => sum + tookMs, 0) / 60_000;
  const verdict = failed.length === 0 ? 'all kept' : `failed: ${failed.map(({ number }) => number).join(', ')}`;
  const table = `${verdictTable(results)}\n\n${results.length} cases in ${minutes.toFixed(1)} minutes, ${verdict}`;
  if (HEDDLE_FAULTS_TABLE) writeFileSync(HEDDLE_FAULTS_TABLE, table);
  const report = { scale: scale.name, seed, results };
  if (HEDDLE_FAULTS_JSON) writeFileSync(HEDDLE_FAULTS_JSON, `${JSON.stringify(report, undefined, 2)}\n`);
});

test.each(CATALOGUE.filter(({ number }) => chosen?.includes(number) ?? true))(
  'case $number: $title',
  async (faultCase) => {
    const result = await runCase(faultCase, { scale, seed });
    results.push(result);
    const seconds = (result.tookMs / 1_000).toFixed(0);
    const load = loadavg()[0]?.toFixed(1);
    console.log(`\n${verdictTable([result])}\n${result.findings.join('\n')}\n(${seconds} s; load ${load})`);
    expect(faultsOf(result, { withTimes: true })).toEqual([]);
  },
  CASE_LIMIT_MS,
);
