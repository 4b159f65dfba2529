import { describe, expect, it } from 'vitest';
import { cpuQuota, defaultWorkers } from '../../src/node-folder/cpu-share.ts';

describe('the default of --workers', () => {
  it.each([
    [1, 4, 1],
    [2, 4, 1],
    [4, 4, 2],
    [8, 4, 4],
    [64, 4, 8],
    [4, 7, 1],
    [2, 1, 2],
    [0.5, 1, 1],
    [16, 1, 8],
  ])('is, with %s cores for %s validators, %s', (cores, validators, workers) => {
    expect(defaultWorkers(cores, validators)).toBe(workers);
  });
});

describe("a container's CPU quota", () => {
  const files = (contents: Record<string, string>) => (file: string) => contents[file];
  const v1 = (quota: string) =>
    files({ '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': quota, '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n' });

  it('is read from both versions of cgroups', () => {
    expect(cpuQuota(files({ '/sys/fs/cgroup/cpu.max': '150000 100000\n' }))).toBe(1.5);
    expect(cpuQuota(v1('50000\n'))).toBe(0.5);
  });

  it('is none where none is set', () => {
    expect(cpuQuota(files({ '/sys/fs/cgroup/cpu.max': 'max 100000\n' }))).toBeUndefined();
    expect(cpuQuota(v1('-1\n'))).toBeUndefined();
    expect(cpuQuota(files({}))).toBeUndefined();
  });
});
