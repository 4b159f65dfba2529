import { once } from 'node:events';
import { createWriteStream, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory, waitFor } from '@heddle/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { heddle, killCommands } from './heddle-command.ts';

const ACCOUNTS = Number(process.env.HEDDLE_GENESIS_ACCOUNTS ?? 200_000);
/**
 * Of the importing process, whatever the number: the node, trie nodes up to what is kept of them (192 MiB), tables that
 * LevelDB maps, and what waits for the collector. A million took 720 MB.
 */
const RESIDENT_LIMIT_BYTES = 900e6;
const folder = temporaryDirectory('large-genesis');
const datadir = join(folder.path, 'chain');
const genesis = join(folder.path, 'genesis.json');

afterAll(() => {
  killCommands();
  folder.remove();
});

/** The address of account `index`: spread over all addresses, as hashes are. */
function addressOf(index: number): string {
  const spread = (BigInt(index) * 0x9e3779b97f4a7c15f39cc0605cedc8341082276bn) & ((1n << 160n) - 1n);
  return spread.toString(16).padStart(40, '0');
}

async function writeGenesis(): Promise<void> {
  const out = createWriteStream(genesis);
  const config = { chainId: 1337, terminalTotalDifficulty: 0, homesteadBlock: 0, londonBlock: 0, shanghaiTime: 0 };
  out.write(`{"config":${JSON.stringify(config)},"difficulty":"0x0","gasLimit":"0x1c9c380","alloc":{\n`);
  for (let index = 0; index < ACCOUNTS; index++) {
    const line = `"${addressOf(index)}":{"balance":"${index + 1}"}${index + 1 < ACCOUNTS ? ',' : ''}\n`;
    if (!out.write(line)) await once(out, 'drain');
  }
  out.end('}}\n');
  await once(out, 'close');
}

/** The most memory that the process has had, as Linux counts it; undefined elsewhere or after its end. */
function peakBytes(pid: number): number | undefined {
  const file = `/proc/${pid}/status`;
  const kib = existsSync(file) ? /VmHWM:\s+(\d+) kB/.exec(readFileSync(file, 'utf8'))?.[1] : undefined;
  return kib === undefined ? undefined : Number(kib) * 1_024;
}

describe(`a genesis of ${ACCOUNTS} accounts`, () => {
  it('is loaded in bounded memory, anew after a kill in the middle', { timeout: 3_600_000 }, async () => {
    await writeGenesis();
    const args = ['import', '--genesis', genesis, '--datadir', datadir];
    const killed = heddle(...args);
    const unfinished = join(datadir, 'database.new');
    await waitFor(() => existsSync(unfinished), { what: 'the store to be begun' });
    killed.child.kill('SIGKILL');
    await killed.code;
    expect(existsSync(join(datadir, 'database'))).toBe(false);

    const loading = heddle(...args);
    let peak = 0;
    const watch = setInterval(() => {
      peak = Math.max(peak, peakBytes(loading.child.pid ?? 0) ?? 0);
    }, 50);
    expect(await loading.code).toBe(0);
    clearInterval(watch);
    expect(loading.printed()).toContain('at block 0');
    console.log(`${ACCOUNTS} accounts: resident set ${Math.round(peak / 1e6)} MB at most`);
    expect(peak).toBeLessThan(RESIDENT_LIMIT_BYTES);
    expect(existsSync(unfinished)).toBe(false);

    const stats = heddle('db', 'stats', '--datadir', datadir, '--json');
    await stats.code;
    const { kinds } = JSON.parse(stats.printed().slice(stats.printed().indexOf('{')));
    expect(kinds.find(({ kind }: { kind: string }) => kind === 'accounts').count).toBe(ACCOUNTS);
    const verified = heddle('db', 'verify', '--datadir', datadir);
    expect(await verified.code).toBe(0);
  });
});
