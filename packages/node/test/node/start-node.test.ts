import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DEFAULT_ENGINE } from '@heddle/primitives';
import { rpcClient, temporaryDirectory, waitFor } from '@heddle/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NodeConfig } from '../../src/config.ts';
import { nodeLimitsOf } from '../../src/limits/node-limits.ts';
import { startNode } from '../../src/node.ts';
import type { NodeEvents } from '../../src/running-node.ts';
import { openChain } from '../../src/supervisor/open-chain.ts';

const directory = temporaryDirectory('start-node');
let config: NodeConfig;

beforeAll(async () => {
  const { validators, settings, prefunded } = await openChain(directory.path, {
    validators: 1,
    accounts: 1,
    blockTime: 1,
    emptyBlockTime: 1,
    ...{ chainId: undefined, mnemonic: undefined, balanceWei: undefined, gasLimit: undefined },
    ...{ elasticity: undefined, seed: 'start-node', predeploys: undefined, genesis: undefined },
  });
  const paths = validators[0]?.paths;
  if (!paths) throw new Error('there is one validator');
  config = {
    paths: { ...paths, wal: paths.folder },
    validator: { keyFile: paths.keyFile, stateFile: paths.stateFile },
    acceptSignerState: false,
    rpc: { host: '127.0.0.1', port: 0, vhosts: undefined },
    network: { listen: '/ip4/127.0.0.1/tcp/0', announce: [], peers: [], maxFullNodes: 4 },
    blockTimeMs: 1_000,
    emptyBlockTimeMs: 1_000,
    workers: 1,
    engine: DEFAULT_ENGINE,
    history: undefined,
    log: { level: 'info', format: 'json', file: paths.logFile },
    limits: nodeLimitsOf({}),
    heldKeys: prefunded.map(({ privateKey }) => privateKey),
    wireLogFolder: undefined,
    instanceId: settings.instanceId,
  };
});

afterAll(() => directory.remove());

/** Events that are written down, and what is done at a step of the start. */
function listen(onStep: (step: string) => void = () => undefined) {
  const told: string[] = [];
  const events: NodeEvents = {
    onProgress(step) {
      told.push(step);
      onStep(step);
    },
    onBlock: ({ number }) => void told.push(`block ${number}`),
    onWarning: (line) => void told.push(`warning: ${line}`),
    onFailure: (error) => void told.push(`failure: ${error}`),
  };
  return { told, events };
}

const never = new AbortController().signal;

/** The messages and fields logged since the last call. */
let readBytes = 0;
function newLog(): Record<string, unknown>[] {
  const { file } = config.log;
  if (file === undefined || !existsSync(file)) return [];
  const text = readFileSync(file, 'utf8').slice(readBytes);
  readBytes += text.length;
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** Errors, and warnings but the one of a busy machine. */
const isError = ({ level, msg }: Record<string, unknown>) =>
  Number(level) >= 40 && msg !== 'the pool is behind the head';
const messages = (lines: readonly Record<string, unknown>[]) => lines.map(({ msg }) => msg);
const UNCLEAN = expect.stringMatching(/did not end cleanly/);

/** Starts the node, has it decide a block, ends it. The lines of its log. */
async function runOnce(): Promise<Record<string, unknown>[]> {
  newLog();
  const { told, events } = listen();
  const node = await startNode(config, events, never);
  try {
    await waitFor(() => told.some((line) => line.startsWith('block ')), { what: 'a block' });
    expect(Number(await rpcClient(node.rpcUrl).call('eth_blockNumber'))).toBeGreaterThan(node.headNumber);
  } finally {
    await Promise.all([node.stop(), node.stop()]);
  }
  await node.stop();
  expect(told.filter((line) => /^(warning|failure)/.test(line))).toEqual([]);
  await expect(fetch(node.rpcUrl)).rejects.toThrow();
  return newLog();
}

describe('a node', () => {
  it('says what runs, decides, and ends so that the next start finds everything whole', async () => {
    const [first] = await runOnce();
    expect(first).toMatchObject({ msg: 'starting', secp256k1: expect.stringMatching(/^(native|wasm)$/), workers: 1 });
    const again = await runOnce();
    expect(messages(again)).not.toContainEqual(UNCLEAN);
    expect(again.filter(isError)).toEqual([]);
  });

  it('serves the figures of all its rooms as one valid Prometheus text', async () => {
    const node = await startNode(config, listen().events, never);
    try {
      const answer = await fetch(`${node.rpcUrl}/metrics`);
      expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
      const text = await answer.text();
      const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type]) => ({ name, type }));
      const names = types.map(({ name }) => name);
      expect(names).toEqual([...new Set(names)]);
      for (const room of ['consensus', 'executor', 'node', 'p2p', 'pool', 'query', 'rpc']) {
        expect(names.filter((name) => name.startsWith(`heddle_${room}_`))).not.toEqual([]);
      }
      for (const { name, type } of types) if (type === 'counter') expect(name).toMatch(/_total$/);
      const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
      for (const sample of samples) expect(sample).toMatch(/^heddle_[a-z0-9_]+(\{.*\})? (-?[0-9.e+-]+|NaN|[+-]Inf)$/);
    } finally {
      await node.stop();
    }
  });

  it.each(['opening the database', 'joining the network', 'serving RPC'])(
    'that is asked to end while it is %s ends what it had started',
    async (step) => {
      const calling = new AbortController();
      const { told, events } = listen((now) => now === step && calling.abort());
      await expect(startNode(config, events, calling.signal)).rejects.toMatchObject({ code: 'NODE_START_GIVEN_UP' });
      expect(told.filter((line) => /^(warning|failure)/.test(line))).toEqual([]);
      expect(newLog().filter(isError)).toEqual([]);
      expect(messages(await runOnce())).not.toContainEqual(UNCLEAN);
    },
  );

  it('that was asked to end before it began starts nothing that lasts', async () => {
    await expect(startNode(config, listen().events, AbortSignal.abort())).rejects.toMatchObject({
      code: 'NODE_START_GIVEN_UP',
    });
    await runOnce();
  });

  it('that cannot serve RPC says so in its log and ends what it had started', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    newLog();
    const { told, events } = listen();
    const taken = { ...config, rpc: { ...config.rpc, port } };
    await expect(startNode(taken, events, never)).rejects.toMatchObject({ code: 'RPC_PORT_IN_USE' });
    server.close();
    expect(newLog()).toContainEqual(
      expect.objectContaining({
        msg: 'the node cannot start',
        err: expect.objectContaining({ code: 'RPC_PORT_IN_USE' }),
      }),
    );
    expect(told.filter((line) => /^(warning|failure)/.test(line))).toEqual([]);
    expect(messages(await runOnce())).not.toContainEqual(UNCLEAN);
  });

  it('whose store is of another chain says so, and leaves the store to the right one', async () => {
    const other = temporaryDirectory('other-chain');
    const flags = { validators: 1, accounts: 1, blockTime: 1, emptyBlockTime: 1, seed: 'other' };
    const none = { chainId: undefined, mnemonic: undefined, balanceWei: undefined, gasLimit: undefined };
    const rest = { elasticity: undefined, predeploys: undefined, genesis: undefined };
    const chain = await openChain(other.path, { ...flags, ...none, ...rest });
    const genesis = chain.validators[0]?.paths.genesis ?? '';
    const mixed = { ...config, paths: { ...config.paths, genesis } };
    await expect(startNode(mixed, listen().events, never)).rejects.toMatchObject({ code: 'STORE_OTHER_CHAIN' });
    other.remove();
    await runOnce();
  });
});
