// Test builds: changes of the compiled sources while they load. A change that finds no place to be made is an error, so
// that a mutation cannot quietly become none.

/** For each mutation its changes: the compiled file, what is replaced in it, and by what. */
const MUTATIONS = {
  /** Nothing that is written asks for sync. */
  'no-sync': [
    [
      '/node/dist/consensus/durable-files.js',
      'datasync: () => datasync(descriptor)',
      'datasync: async () => undefined',
    ],
    ['/node/dist/execution/block-writer.js', '{ sync: true }', '{ sync: false }'],
  ],
  /** A precommit is signed although the log does not hold its block: that comes when the height ends. */
  'early-precommit': [
    [
      '/node/dist/consensus/wal.js',
      "this.#append({ type: 'block', height, blockId, bytes });",
      "(this.lateBlocks ??= []).push({ type: 'block', height, blockId, bytes });",
    ],
    [
      '/node/dist/consensus/wal.js',
      "this.#append({ type: 'endHeight', height });",
      "for (const late of (this.lateBlocks ?? []).splice(0)) this.#append(late); this.#append({ type: 'endHeight', height });",
    ],
  ],
};

const active = MUTATIONS[process.env.HEDDLE_TEST_MUTATION];

export async function load(url, context, nextLoad) {
  const loaded = await nextLoad(url, context);
  const changes = active.filter(([file]) => url.endsWith(file));
  if (changes.length === 0) return loaded;
  const source = String(loaded.source);
  if (source.includes('/* test build */')) return loaded; // another registration was here before
  const changed = changes.reduce((text, [, from, to]) => {
    if (text.split(from).length !== 2) throw new Error(`${url} does not hold once: ${from}`);
    return text.replace(from, () => to);
  }, source);
  return { ...loaded, source: `/* test build */${changed}` };
}
