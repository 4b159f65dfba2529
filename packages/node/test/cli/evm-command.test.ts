import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@heddle/testkit';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import { writeStateTest } from '../conformance/one-state-test.ts';

const scratch = temporaryDirectory('evm-command');
let errors: string[] = [];
let output: string[] = [];

beforeEach(() => {
  errors = [];
  output = [];
  vi.spyOn(console, 'error').mockImplementation((line) => void errors.push(line));
  vi.spyOn(console, 'log').mockImplementation((line) => void output.push(line));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(name);
});
afterAll(() => scratch.remove());

/** Runs `heddle evm` with `args`; gives its exit code and the lines of its output. */
async function evm(...args: string[]) {
  const startNode = () => Promise.reject(new RangeError('no node is asked for'));
  const code = await runProgram(['evm', ...args], { startNode });
  return { code, results: output.map((line) => JSON.parse(line)) };
}

function folderOf(name: string): string {
  const folder = join(scratch.path, name);
  mkdirSync(folder);
  return folder;
}

/** The line of a test whose cases cannot be told. */
function malformed(name: string, actual: string): object {
  return { name, fork: null, pass: false, expected: 'a test that can be run', actual };
}

describe('heddle evm', () => {
  it('ends with an error when there is no case to run', async () => {
    const folder = folderOf('typos');
    writeStateTest(folder);
    writeFileSync(join(folder, 'empty'), '{}');
    const summary = { summary: { passed: 0, failed: 0, skipped: 0 } };
    expect(await evm('statetest', '--fork', 'Parg', folder)).toEqual({ code: 1, results: [summary] });
    expect(errors).toEqual([
      expect.stringMatching(/^heddle: none of 1 cases is one of --fork Parg; their forks are Prague; /),
    ]);
    expect((await evm('statetest', '--run', 'nomatch', folder)).code).toBe(1);
    expect(errors[1]).toContain('none of 1 cases is one of --run nomatch; ');
    for (const kind of ['statetest', 'blocktest']) {
      expect((await evm(kind, join(folder, 'empty'))).code).toBe(1);
      expect(errors.at(-1)).toBe('heddle: the files hold no test; name files or folders of official tests');
    }
  });

  it('goes on after files that are broken or of another kind, and passes over what is no test in a folder', async () => {
    const folder = folderOf('mixed');
    mkdirSync(join(folder, '.meta'));
    mkdirSync(join(folder, 'folder.json'));
    const index = join(folder, '.meta', 'index.json');
    const [blocks, corrupt, dangling, lost] = ['blocks.json', 'corrupt.json', 'dangling.json', 'lost.json'].map(
      (name) => join(folder, name),
    ) as [string, string, string, string];
    writeFileSync(index, JSON.stringify({ root_hash: '0x00', test_cases: [{ id: 'a test', post: {} }] }));
    writeFileSync(blocks, JSON.stringify({ 'a block': { blocks: [], network: 'Prague' } }));
    writeFileSync(corrupt, '{"a test": {');
    symlinkSync(join(folder, 'nowhere'), dangling);
    writeFileSync(lost, JSON.stringify({ 'a test': { post: 'lost' } }));
    const other = join(folder, 'payloads.json');
    writeFileSync(other, JSON.stringify({ 'a test': { engineNewPayloads: [] } }));
    writeStateTest(folder);
    const broken = (name: string, difference: string) => {
      const words = { expected: 'a file of tests', actual: 'none that can be run' };
      return { name, fork: null, pass: false, ...words, difference: expect.stringContaining(difference) };
    };

    expect(await evm('statetest', '--fork', 'Prague', folder)).toEqual({
      code: 1,
      results: [
        broken(blocks, 'heddle evm blocktest runs tests of this kind'),
        broken(corrupt, `${corrupt}: is not JSON: `),
        broken(dangling, `${dangling}: cannot be read (ENOENT)`),
        malformed('a test', `${lost}: a test.post: found "lost", expected an object`),
        { name: other, fork: null, pass: null, skipped: 'the file holds neither state tests nor block tests' },
        expect.objectContaining({ name: 'a test', pass: false, fork: 'Prague' }),
        { summary: { passed: 0, failed: 5, skipped: 1 } },
      ],
    });
    output = [];
    expect((await evm('blocktest', index, join(folder, 'state-test.json'))).results).toEqual([
      broken(index, 'it holds no test that heddle evm runs'),
      broken(join(folder, 'state-test.json'), 'heddle evm statetest runs tests of this kind'),
      { summary: { passed: 0, failed: 2, skipped: 0 } },
    ]);
    expect(errors).toEqual([]);
  });

  it('goes on after a test that is malformed, in the same file', async () => {
    const folder = folderOf('one malformed');
    writeStateTest(folder);
    const file = join(folder, 'state-test.json');
    const good = JSON.parse(readFileSync(file, 'utf8'))['a test'];
    const entries = good.post.Prague;
    const two = { ...good, post: { Prague: entries, Osaka: 'lost' } };
    writeFileSync(file, JSON.stringify({ one: good, two, three: {}, four: good }));
    const judged = (name: string) => expect.objectContaining({ name, fork: 'Prague', index: 0 });
    expect(await evm('statetest', '--fork', 'Prague', file)).toEqual({
      code: 1,
      results: [
        judged('one'),
        judged('two'),
        malformed('two', `${file}: two.post.Osaka: found "lost", expected an array`),
        malformed('three', `${file}: three.post: found nothing, expected an object`),
        judged('four'),
        { summary: { passed: 0, failed: 5, skipped: 0 } },
      ],
    });
    output = [];
    const blocks = join(folder, 'blocks.json');
    const skipped = { network: 'Prague', blocks: [] };
    writeFileSync(blocks, JSON.stringify({ one: { blocks: [] }, two: skipped }));
    expect((await evm('blocktest', blocks)).results).toMatchObject([
      malformed('one', `${blocks}: one.network: found nothing, expected text of 1 to 4096 characters`),
      { name: 'two', fork: 'Prague' },
      { summary: {} },
    ]);
  });

  it('leaves signals to the system where it runs cases plainly, which hear none', async () => {
    const folder = folderOf('plainly');
    writeStateTest(folder);
    const listeners = vi.spyOn(process, 'on');
    await evm('statetest', folder);
    expect(listeners.mock.calls.filter(([name]) => /^SIG/.test(String(name)))).toEqual([]);
  });

  it.each([['on workers', '--workers', '2']])(
    'ends when it is interrupted, after the case that runs, with the summary and no folder left: %s',
    async (name, ...options) => {
      const folder = folderOf(name);
      const temporary = folderOf(`${name}, temporary`);
      vi.stubEnv('TMPDIR', temporary);
      writeStateTest(folder);
      const file = join(folder, 'state-test.json');
      const test = JSON.parse(readFileSync(file, 'utf8'))['a test'];
      const tests = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`test ${index}`, test]));
      writeFileSync(file, JSON.stringify(tests));
      vi.spyOn(console, 'log').mockImplementation((line) => {
        if (output.push(line) === 1) setImmediate(() => process.emit('SIGINT')); // when the system's signals are heard
      });

      const { code, results } = await evm('statetest', ...options, folder);
      expect(code).toBe(130);
      expect(errors).toEqual([]);
      const summary = { passed: 0, failed: results.length - 1, skipped: 0 };
      expect(results.at(-1)).toMatchObject({ summary, interrupted: true });
      expect(results.length).toBeLessThan(10);
      expect(readdirSync(temporary)).toEqual([]);
    },
  );
});
