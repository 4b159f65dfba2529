import fs, { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory, waitFor } from '@heddle/testkit';
import { describe, expect, it, vi } from 'vitest';
import { KEPT_LOG_FILES, openLog } from '../src/logging.ts';

describe("a node's log", () => {
  it('holds one JSON object a line from the given level on, and goes on where it stopped', () => {
    const folder = temporaryDirectory('log');
    const file = join(folder.path, 'logs', 'node.log');
    for (const height of [1, 2]) {
      const log = openLog({ level: 'info', format: 'json', file });
      log.logger.debug({ height }, 'not wanted');
      log.logger.info({ height }, 'committed block');
      log.close();
      log.close();
    }
    const lines = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toMatchObject([1, 2].map((height) => ({ level: 30, height, msg: 'committed block' })));
    folder.remove();
  });

  it('is for people when asked', () => {
    const folder = temporaryDirectory('log');
    const file = join(folder.path, 'node.log');
    const log = openLog({ level: 'info', format: 'pretty', file });
    log.logger.warn({ peer: 'p' }, 'lost a peer');
    log.close();
    expect(readFileSync(file, 'utf8')).toMatch(/WARN: lost a peer\n\s+peer: "p"/);
    folder.remove();
  });

  it('keeps its lines while the disk is full, and writes them when there is room', () => {
    const folder = temporaryDirectory('log');
    const file = join(folder.path, 'node.log');
    const log = openLog({ level: 'info', format: 'json', file });
    const write = vi.spyOn(fs, 'writeSync').mockImplementation(() => {
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    });
    for (const height of [1, 2, 3]) log.logger.info({ height }, 'committed block');
    expect(readFileSync(file, 'utf8')).toBe('');
    write.mockRestore();
    log.logger.info({ height: 4 }, 'committed block');
    log.close();
    const heights = readFileSync(file, 'utf8').trim().split('\n');
    expect(heights.map((line) => JSON.parse(line).height)).toEqual([1, 2, 3, 4]);
    const full = openLog({ level: 'info', format: 'json', file });
    vi.spyOn(fs, 'writeSync').mockImplementation(() => {
      throw Object.assign(new Error('EFBIG: file too large, write'), { code: 'EFBIG' });
    });
    full.logger.info({ height: 5 }, 'committed block');
    full.close(); // comes back all the same
    vi.restoreAllMocks();
    folder.remove();
  });

  it('rotates: a full file is put aside, and only so many are kept', async () => {
    const folder = temporaryDirectory('log');
    const file = join(folder.path, 'node.log');
    const log = openLog({ level: 'info', format: 'json', file }, 2_000);
    let line = 0;
    await waitFor(
      () => {
        for (let count = 0; count < 10; count++) log.logger.info({ line: line++ }, 'x'.repeat(100));
        return readdirSync(folder.path).length === KEPT_LOG_FILES + 1 && line > 400;
      },
      { what: 'all rotated files' },
    );
    log.close();
    const names = readdirSync(folder.path).sort();
    expect(names).toEqual(['node.log', 'node.log.1', 'node.log.2', 'node.log.3', 'node.log.4']);
    for (const name of names.slice(1)) expect(statSync(join(folder.path, name)).size).toBeLessThan(10_000);
    const newest = readFileSync(file, 'utf8').trim().split('\n').at(-1) ?? '';
    expect(JSON.parse(newest).line).toBe(line - 1);
    folder.remove();
  });
});
