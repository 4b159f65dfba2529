import { join } from 'node:path';
import { createRandom, seedFromEnvironment } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { LIMIT_GROUPS, LIMITS } from '../../src/limits/limit-list.ts';
import { limitForm, limitText, readLimit } from '../../src/limits/limit-text.ts';
import { nodeLimitsOf } from '../../src/limits/node-limits.ts';
import { limitsDocumentation } from './limits-documentation.ts';

const DOCUMENTATION = join(import.meta.dirname, '..', '..', '..', '..', 'docs', 'limits.md');

describe('the list of limits', () => {
  it('is documented in docs/limits.md as it is (vitest -u writes it anew)', async () => {
    await expect(limitsDocumentation()).toMatchFileSnapshot(DOCUMENTATION);
  });

  it('names each limit once, in kebab case, with a default in its range and one sentence', () => {
    const count = Object.values(LIMIT_GROUPS).reduce((sum, table) => sum + Object.keys(table).length, 0);
    expect(LIMITS.size).toBe(count);
    for (const [name, { value, low, high, summary }] of LIMITS) {
      expect(name).toMatch(/^(rpc|query|pool|p2p|consensus)\.[a-z]+(-[a-z]+)*$/);
      expect(value, name).toBeGreaterThanOrEqual(low);
      expect(value, name).toBeLessThanOrEqual(high);
      expect(summary, name).toMatch(/^[^.]{5,110}(\.[^.]+)*[^.]$/);
    }
  });
});

describe('a value of a limit', () => {
  it.each([
    ['rpc.body', '5MiB', 5 * 1_024 * 1_024],
    ['rpc.body', '1_000_000', 1_000_000],
    ['rpc.body', '3 MB', 3_000_000],
    ['rpc.answer-time', '2min', 120_000],
    ['rpc.answer-time', '250', 250],
    ['rpc.log-range', 'none', Number.POSITIVE_INFINITY],
    ['rpc.log-range', '100000', 100_000],
    ['query.gas', '50000000', 50_000_000],
  ])('%s=%s is read', (name, text, value) => {
    expect(readLimit(name, text)).toBe(value);
  });

  it.each([
    ['rpc.body', ''],
    ['rpc.body', '-1'],
    ['rpc.body', '5MB5'],
    ['rpc.body', '5s'],
    ['rpc.body', '1e6'],
    ['rpc.body', '0x10'],
    ['rpc.body', '1'],
    ['rpc.body', '5GiB'],
    ['rpc.body', 'none'],
    ['rpc.body', 'constructor'],
    ['rpc.body', '1constructor'],
    ['rpc.batch-items', '10MiB'],
    ['rpc.answer-time', '99999999999999999999'],
  ])('%s=%s is refused', (name, text) => {
    expect(readLimit(name, text)).toBeUndefined();
  });

  it('is shown as it is read', () => {
    const random = createRandom(seedFromEnvironment('limit texts'));
    for (const [name, definition] of LIMITS) {
      const ends = [definition.value, definition.low, definition.high];
      const high = Math.min(definition.high, 2 ** 40);
      for (let index = 0; index < 20; index++) ends.push(random.int(definition.low, high));
      for (const value of ends) {
        expect(readLimit(name, limitText(definition, value)), `${name} ${value}`).toBe(value);
      }
      expect(limitForm(name)).toMatch(/from .+( to |, or none)/);
    }
  });
});

describe('the limits of a node', () => {
  it('are the defaults but for what is changed, in the room that it belongs to', () => {
    const limits = nodeLimitsOf({ 'rpc.body': '1MiB', 'p2p.requests': '7', 'query.gas': '1000000' });
    expect(limits.rpc).toEqual({ ...nodeLimitsOf({}).rpc, bodySizeBytes: 1_024 * 1_024 });
    expect(limits.p2p.requests).toBe(7);
    expect(limits.query.gasCap).toBe(1_000_000);
    expect(limits.pool).toEqual(nodeLimitsOf({}).pool);
    expect(nodeLimitsOf({ 'consensus.propose': '3s' }).consensus.proposeMs).toBe(3_000);
  });

  it('must not contradict each other', () => {
    expect(() => nodeLimitsOf({ 'p2p.batch': '300KiB' })).toThrow('p2p.batch=300KiB exceeds p2p.batch-hard=256KiB');
    expect(() => nodeLimitsOf({ 'p2p.batch': '300KiB', 'p2p.batch-hard': '400KiB' })).not.toThrow();
    expect(() => nodeLimitsOf({ 'rpc.send-sync-time': '2min' })).toThrow(
      expect.objectContaining({ code: 'LIMIT_INVALID', remedy: expect.stringContaining('--limit') }),
    );
  });
});
