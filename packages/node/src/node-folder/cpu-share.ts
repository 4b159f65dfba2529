import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** More speculative workers than this cost memory and gain nothing on blocks of a devnet. */
const MOST_WORKERS = 8;

/**
 * How many workers a validator should run when `validatorCount` of them share `cores`: twice its share, since they do
 * not all execute at every moment (2 from four cores on in a devnet of four), at least 1, never more than there are.
 */
export function defaultWorkers(cores: number, validatorCount: number): number {
  const share = Math.floor((2 * cores) / validatorCount);
  return Math.max(1, Math.min(share, Math.floor(cores), MOST_WORKERS));
}

/** The cores that this process can count on: what it may be scheduled on, cut by a container's CPU quota. */
export function availableCores(readText: (file: string) => string | undefined = readIfThere): number {
  return Math.min(availableParallelism(), cpuQuota(readText) ?? Number.POSITIVE_INFINITY);
}

/** The cgroup's CPU quota in cores, versions 2 and 1; undefined without one. */
export function cpuQuota(readText: (file: string) => string | undefined): number | undefined {
  const [quota, period] = readText('/sys/fs/cgroup/cpu.max')?.trim().split(' ') ?? [
    readText('/sys/fs/cgroup/cpu/cpu.cfs_quota_us'),
    readText('/sys/fs/cgroup/cpu/cpu.cfs_period_us'),
  ];
  const cores = Number(quota) / Number(period);
  return Number.isFinite(cores) && cores > 0 ? cores : undefined; // `max` and -1 mean no quota
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // not Linux, or another version of cgroups
  }
}
