import type { ExecutionRules } from '@heddle/primitives';

/** Sets of rules that a chain goes through, and a few to spare; what was made for the oldest goes when there are more. */
const MAX_RULES = 24;

/** What `make` makes for each set of rules that is asked for, made once. */
export function perRules<T>(make: (rules: ExecutionRules) => Promise<T>): (rules: ExecutionRules) => Promise<T> {
  const made = new Map<string, Promise<T>>();
  return (rules) => {
    const key = JSON.stringify(rules, (_, value) => (typeof value === 'bigint' ? String(value) : value));
    const known = made.get(key);
    if (known !== undefined) return known;
    const one = make(rules);
    made.set(key, one);
    for (const oldest of made.keys()) {
      if (made.size <= MAX_RULES) break;
      made.delete(oldest);
    }
    return one;
  };
}
