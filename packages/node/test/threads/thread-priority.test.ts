import { readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';

const ENTRY = new URL('../../dist/threads/thread-priority.js', import.meta.url).href;
/** Niceness is the 17th field after the name of the thread, which is in brackets (proc(5)). */
const SOURCE = `
  import { readFileSync } from 'node:fs';
  import { parentPort, workerData } from 'node:worker_threads';
  const { yieldToConsensus } = await import(workerData);
  yieldToConsensus(5);
  parentPort.postMessage(readFileSync('/proc/thread-self/stat', 'utf8'));
`;

const nicenessOf = (stat: string) => Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);

test.runIf(process.platform === 'linux')('a thread that yields is nicer than the rest of its process', async () => {
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(SOURCE)}`), { workerData: ENTRY });
  const stat = await new Promise<string>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  await worker.terminate();
  const before = getPriority();
  expect(nicenessOf(stat)).toBe(Math.min(before + 5, 19));
  expect(nicenessOf(readFileSync('/proc/self/stat', 'utf8'))).toBe(before);
});
