import { HeddleError } from '@heddle/primitives';
import { describe, expect, it } from 'vitest';
import { type CaseFilter, type CaseVerdict, type ConformanceCase, runCases } from '../../src/conformance/run-cases.ts';

const good: CaseVerdict = { pass: true, expected: 'head 1', actual: 'head 1' };
const bad: CaseVerdict = { pass: false, expected: 'head 1', actual: 'head 2' };

function caseOf(name: string, fork: string, run: () => Promise<CaseVerdict>): ConformanceCase {
  return { name, fork, run };
}

async function linesOf(cases: readonly ConformanceCase[], filter: CaseFilter = {}): Promise<unknown[]> {
  const lines: string[] = [];
  await runCases(cases, filter, (line) => void lines.push(line));
  return lines.map((line) => JSON.parse(line));
}

describe('the cases of a run', () => {
  const cases = [
    caseOf('a transfer', 'Prague', async () => good),
    caseOf('a side chain', 'Prague', async () => ({ skipped: 'side chain' })),
    caseOf('a call', 'Osaka', async () => bad),
  ];

  it('get a line each, and a summary at the end', async () => {
    expect(await linesOf(cases)).toEqual([
      { name: 'a transfer', fork: 'Prague', ...good },
      { name: 'a side chain', fork: 'Prague', pass: null, skipped: 'side chain' },
      { name: 'a call', fork: 'Osaka', ...bad },
      { summary: { passed: 1, failed: 1, skipped: 1 } },
    ]);
  });

  it('are left out by name and by fork, without being run', async () => {
    const never = caseOf('a trap', 'Prague', () => Promise.reject(new RangeError('nobody runs this')));
    const ran = await linesOf([...cases, never], { run: /^a t.*r$/, fork: 'prague' });
    expect(ran).toEqual([expect.objectContaining({ name: 'a transfer' }), { summary: expect.anything() }]);
  });

  it('are an error when none is run, which names their forks, after the summary', async () => {
    const lines: string[] = [];
    const run = (some: readonly ConformanceCase[], filter: CaseFilter) =>
      runCases(some, filter, (line) => void lines.push(line));
    await expect(run(cases, { fork: 'Nofork' })).rejects.toThrow('none of 3 cases is one of --fork Nofork');
    await expect(run(cases, { fork: 'Nofork' })).rejects.toMatchObject({
      code: 'CASES_NOT_FOUND',
      remedy: expect.stringMatching(/^their forks are Osaka, Prague; /),
    });
    await expect(run(cases, { run: /d+eep/, fork: 'Osaka' })).rejects.toThrow(/--fork Osaka and --run d\+eep$/);
    await expect(run([], {})).rejects.toThrow('the files hold no test');
    expect(JSON.parse(lines[0] as string)).toEqual({ summary: { passed: 0, failed: 0, skipped: 0 } });
  });

  it('are cut short when that is asked for, which the summary says', async () => {
    const lines: string[] = [];
    const controller = new AbortController();
    const abort = caseOf('a turning point', 'Prague', async () => {
      controller.abort();
      return good;
    });
    const write = (line: string) => void lines.push(line);
    await runCases([abort, ...cases], {}, write, { signal: controller.signal, more: () => ({ blocks: 1 }) });
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { name: 'a turning point', fork: 'Prague', ...good },
      { summary: { passed: 1, failed: 0, skipped: 0 }, interrupted: true, blocks: 1 },
    ]);
    const late = new AbortController();
    const last = caseOf('the last', 'Prague', async () => {
      late.abort();
      return bad;
    });
    expect(await runCases([last], {}, write, { signal: late.signal })).toMatchObject({ failed: 1, interrupted: false });
    expect(JSON.parse(lines.at(-1) as string), 'none was left').toEqual({
      summary: { passed: 0, failed: 1, skipped: 0 },
    });
    expect(await runCases(cases, {}, write, { signal: AbortSignal.abort() }), 'no error').toMatchObject({ passed: 0 });
  });

  it('are an error when there is but a file of another kind', async () => {
    const other: ConformanceCase = { name: 'x.json', fork: null, run: async () => ({ skipped: 'no tests' }) };
    await expect(linesOf([other])).rejects.toThrow('the files hold no test');
    await expect(linesOf([other, ...cases], { fork: 'Nofork' })).rejects.toThrow('none of 3 cases');
  });

  it('say which transaction of their test they are, and where a failed one parts from its file', async () => {
    const one = {
      ...caseOf('a call', 'Osaka', async () => ({ ...bad, difference: 'nonce 1 instead of 2' })),
      index: 3,
    };
    const [first] = await linesOf([one]);
    expect(first).toEqual({ name: 'a call', fork: 'Osaka', index: 3, ...bad, difference: 'nonce 1 instead of 2' });
  });

  it('fail alone when their file is malformed; a bug ends the run', async () => {
    const malformed = () => Promise.reject(new HeddleError('FILE_MALFORMED', 'x.json: blocks'));
    const [first] = await linesOf([caseOf('a ruin', 'Prague', malformed)]);
    expect(first).toMatchObject({ pass: false, actual: 'x.json: blocks' });
    const bug = caseOf('a bug', 'Prague', () => Promise.reject(new RangeError('boom')));
    await expect(linesOf([bug])).rejects.toThrow('boom');
  });
});
