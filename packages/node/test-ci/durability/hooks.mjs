// Test builds: changes of the compiled sources while they load. A change that finds no place to be made is an error, so
// that a mutation cannot quietly become none.

const { HEDDLE_TEST_HEARD: heard, HEDDLE_TEST_MUTATION: mutation } = process.env;

/** For each change: the compiled file, what is replaced in it, and by what. */
const CHANGES = {
  /** Writes every consensus message that a peer sent to a file of this process: its size (4 bytes), then its bytes. */
  heard: [
    [
      '/node/dist/network-wiring.js',
      'onConsensusMessage: (message, from) => driver.onConsensusMessage(message, from),',
      'onConsensusMessage: (message, from) => { hear(message); return driver.onConsensusMessage(message, from); },',
    ],
    [
      '/node/dist/network-wiring.js',
      'export function createNetworkHandlers',
      `import { appendFileSync as appendHeard } from 'node:fs';
       const heardFile = process.env.HEDDLE_TEST_HEARD + '/' + process.pid + '.heard';
       function hear(message) {
         const size = Buffer.alloc(4);
         size.writeUInt32BE(message.length);
         appendHeard(heardFile, Buffer.concat([size, message]));
       }
       export function createNetworkHandlers`,
    ],
  ],
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

const active = [...(heard ? CHANGES.heard : []), ...(mutation ? CHANGES[mutation] : [])];

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
