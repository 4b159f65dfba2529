import { closeSync, existsSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type TemporaryDirectory, temporaryDirectory } from '@heddle/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openOutputFile } from '../../src/files/output-file.ts';

let folder: TemporaryDirectory;
let file: string;
beforeEach(() => {
  folder = temporaryDirectory('output');
  file = join(folder.path, 'output.log');
});
afterEach(() => folder.remove());

function print(text: string): number {
  const { descriptor, startByte } = openOutputFile(file, 10);
  writeSync(descriptor, text);
  closeSync(descriptor);
  return startByte;
}

it('goes on where the last output ended, for the eyes of its owner alone', () => {
  expect([print('first'), print('second')]).toEqual([0, 5]);
  expect(readFileSync(file, 'utf8')).toBe('firstsecond');
  expect(statSync(file).mode & 0o077).toBe(0);
  expect(existsSync(`${file}.1`)).toBe(false);
});

it('puts a file aside that has grown too large, and begins anew', () => {
  writeFileSync(file, '01234567890');
  expect(print('new')).toBe(0);
  expect(readFileSync(file, 'utf8')).toBe('new');
  expect(readFileSync(`${file}.1`, 'utf8')).toBe('01234567890');
});
