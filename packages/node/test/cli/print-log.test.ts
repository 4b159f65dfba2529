import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@heddle/testkit';
import { afterAll, afterEach, beforeEach, expect, it, vi } from 'vitest';
import { printLog } from '../../src/cli/print-log.ts';

const folder = temporaryDirectory('print-log');
const logs = join(folder.path, 'validator-0', 'logs');
mkdirSync(logs, { recursive: true });
mkdirSync(join(folder.path, 'validator-1'));
/** 100,000 bytes: longer than what is read at once. */
const LONG = 'x'.repeat(100_000);

let printed = '';

beforeEach(() => {
  printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    printed += chunk;
    return true;
  });
});

afterEach(() => vi.restoreAllMocks());
afterAll(() => folder.remove());

async function last(lines: number, text: string): Promise<string> {
  writeFileSync(join(logs, 'node.log'), text);
  printed = '';
  await printLog({ datadir: folder.path, validator: '0', lines, follow: false });
  return printed;
}

it('prints the last lines of a log, however long they are', async () => {
  expect(await last(2, 'a\nb\nc\n')).toBe('b\nc\n');
  expect(await last(3, 'a\nb\nc\n')).toBe('a\nb\nc\n');
  expect(await last(9, 'a\nb\nc\n')).toBe('a\nb\nc\n');
  expect(await last(0, 'a\nb\n')).toBe('');
  expect(await last(2, `first\n${LONG}\nlast\n`)).toBe(`${LONG}\nlast\n`);
  expect(await last(1, '')).toBe('');
});

it('prints the line that is being written beside the whole ones', async () => {
  expect(await last(1, 'a\nb\nhalf')).toBe('b\nhalf');
});

it('says which validators there are, and what has no log yet', async () => {
  const ask = (validator: string) => printLog({ datadir: folder.path, validator, lines: 1, follow: false });
  await expect(ask('2')).rejects.toMatchObject({ message: 'validator "2": there are validators 0 to 1' });
  await expect(ask('1')).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  await expect(printLog({ datadir: join(folder.path, 'none'), validator: '0', lines: 1, follow: false }))
    .rejects //
    .toMatchObject({ code: 'NO_CHAIN' });
});
