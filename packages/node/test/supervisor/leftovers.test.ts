import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { temporaryDirectory } from '@heddle/testkit';
import { expect, it } from 'vitest';
import { writeDevnetFile } from '../../src/supervisor/devnet-file.ts';
import { awaitLeftovers } from '../../src/supervisor/leftovers.ts';

/** Ends when its supervisor, here its standard input, is gone, as a validator does. */
const CHILD = "process.stdin.on('end', () => process.exit()).resume(); console.log('up')";

it('wakes a process that was stopped on purpose when its supervisor died, and waits for its end', async () => {
  const folder = temporaryDirectory('leftovers');
  const child = spawn(process.execPath, ['-e', CHILD], { stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = once(child, 'exit');
  await once(child.stdout, 'data');
  child.kill('SIGSTOP');
  child.stdin.end();
  const validator = {
    index: 0,
    pid: child.pid ?? 0,
    address: '0x00',
    rpcUrl: '',
    p2pAddress: '',
    logFile: '',
  } as const;
  const rest = { chainId: 1, instanceId: '0x00', genesis: '', blockTime: 1, emptyBlockTime: 1, pid: 1 } as const;
  writeDevnetFile(folder.path, { ...rest, control: null, validators: [validator] });
  const said: string[] = [];
  await awaitLeftovers(folder.path, (line) => said.push(line));
  expect(said).toEqual([`waiting for the last run's processes to end: ${child.pid}`]);
  await ended;
  folder.remove();
});
