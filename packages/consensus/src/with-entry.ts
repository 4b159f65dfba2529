/**
 * A copy of `map` in which `key` has `value`. Written as a loop: given a map, the constructor of Map makes an array of
 * each entry and takes three times as long, and every vote copies three maps.
 */
export function withEntry<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> {
  const copy = new Map<K, V>();
  for (const [kept, keptValue] of map) copy.set(kept, keptValue);
  return copy.set(key, value);
}
