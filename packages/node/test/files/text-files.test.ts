import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HeddleError } from '@heddle/primitives';
import { temporaryDirectory } from '@heddle/testkit';
import { afterAll, expect, test } from 'vitest';
import { makeFolder } from '../../src/files/text-files.ts';

const directory = temporaryDirectory('text-files');
afterAll(() => directory.remove());

test('a folder is made with all that is missing above it, and found when it is there', () => {
  const folder = join(directory.path, 'a', 'b', 'c');
  makeFolder(folder);
  makeFolder(folder);
  expect(statSync(folder).isDirectory()).toBe(true);
});

test('a file in the way is an error that names the folder', () => {
  writeFileSync(join(directory.path, 'file'), '');
  expect(() => makeFolder(join(directory.path, 'file', 'x'))).toThrow(HeddleError);
});

test.runIf(existsSync('/proc/self'))('a file system that takes no folders is refused at once', () => {
  expect(() => makeFolder('/proc/heddle/x')).toThrow('/proc/heddle/x: cannot be written');
});
