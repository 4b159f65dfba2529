/** The forks that execution knows, oldest first. A Heddle chain runs all of them from genesis. */
export const FORKS = [
  'frontier',
  'homestead',
  'tangerineWhistle',
  'spuriousDragon',
  'byzantium',
  'constantinople',
  'petersburg',
  'istanbul',
  'berlin',
  'london',
  'paris',
  'shanghai',
  'cancun',
  'prague',
  'osaka',
] as const;
export type Fork = (typeof FORKS)[number];

/** Whether `fork` has the rules of `feature`'s fork. */
export function isActive(fork: Fork, feature: Fork): boolean {
  return FORK_ORDER[fork] >= FORK_ORDER[feature];
}

const FORK_ORDER = Object.fromEntries(FORKS.map((fork, index) => [fork, index])) as Readonly<Record<Fork, number>>;
