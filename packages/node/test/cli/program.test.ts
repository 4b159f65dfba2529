import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_ENGINE, ZERO_HASH } from '@heddle/primitives';
import { temporaryDirectory } from '@heddle/testkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import type { NodeConfig } from '../../src/config.ts';
import { LIMITS } from '../../src/limits/limit-list.ts';
import type { NodeEvents, RunningNode } from '../../src/running-node.ts';

const folder = temporaryDirectory('cli');
const at = (...names: string[]) => join(folder.path, ...names);
let errors: string[] = [];
let output: string[] = [];

beforeEach(() => {
  errors = [];
  output = [];
  vi.spyOn(console, 'error').mockImplementation((line) => void errors.push(line));
  vi.spyOn(console, 'log').mockImplementation((line) => void output.push(line));
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => output.push(String(text)) > 0);
});

afterEach(() => {
  vi.restoreAllMocks();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(name);
});

/** Runs a command whose node, if it starts one, is asked to end as soon as it runs. */
async function heddle(...args: string[]): Promise<{ code: number; configs: NodeConfig[] }> {
  const configs: NodeConfig[] = [];
  const startNode = async (config: NodeConfig, _: NodeEvents): Promise<RunningNode> => {
    configs.push(config);
    queueMicrotask(() => process.emit('SIGTERM'));
    const stop = async () => undefined;
    return {
      rpcUrl: 'http://127.0.0.1:1',
      p2pAddress: '/ip4/1.1.1.1/tcp/1',
      peerId: 'p',
      validator: undefined,
      headNumber: 0,
      status: () => {
        throw new RangeError('nobody asks');
      },
      stop,
    };
  };
  return { code: await runProgram(args, { startNode }), configs };
}

describe('the command line', () => {
  it.each([
    ['devnet', ['--datadir', '--validators', '--elasticity', '--seed', '--reset', '--log-format']],
    ['fault', ['partition', 'heal', 'byzantine', 'heddle fault delay 0-1 200ms 40ms']],
    ['devnet up', ['--detach', '--validators']],
    [
      'evm blocktest',
      ['<path...>', '--run', '--fork', '--engine', '--workers', '--trace', 'exit code 1 when one fails'],
    ],
    [
      'evm statetest',
      ['<path...>', '--run', '--fork', '--engine', '--workers', '--trace', 'exit code 1 when one fails'],
    ],
    ['devnet wait', ['--block', '--timeout', '--validators', '--datadir']],
    ['devnet status', ['--watch', '--json', '--datadir']],
    ['devnet logs', ['--follow', '--lines']],
    ['devnet down', ['--datadir']],
    ['fault delay', ['<links>', '[jitter]', 'both directions', '--datadir']],
    ['node', ['--join', '--datadir', '--engine', '--vhosts', '--p2p-listen', '--limit', 'heddle limits']],
    ['genesis', ['--out', '--p2p-host', '--genesis']],
    ['limits', ['--limit']],
    ['load', ['--rate', '--scenario', '--json']],
  ])('explains heddle %s', async (command, flags) => {
    expect((await heddle(...command.split(' '), '--help')).code).toBe(0);
    for (const flag of flags) expect(output.join('\n')).toContain(flag);
  });

  it.each<[string[], string]>([
    [['devnet', '--xyzzy'], "heddle: unknown option '--xyzzy'; see heddle devnet --help"],
    [['devnet', '--prot', '1'], "heddle: unknown option '--prot' (Did you mean --port?); see heddle devnet --help"],
    [['devnet', '--engine', 'revm'], 'Allowed choices are ethereumjs, wasm'],
    [['devent'], "heddle: unknown command 'devent' (Did you mean devnet?); see heddle --help"],
    [['devnet', 'now'], "heddle: too many arguments for 'devnet'"],
    [['devnet', '--port', '70000'], "'70000' is invalid. Give a whole number from 0 to 65535"],
    [['devnet', '--validators', '0'], 'Give a whole number from 1 to 100'],
    [['devnet', '--balance', '-1'], 'Give ether'],
    [['devnet', '--block-time', '0.01'], 'Give seconds from 0.05 to 3600'],
    [['devnet', '--block-time', '2', '--empty-block-time', '1'], '--empty-block-time 1 is below --block-time 2'],
    [['devnet', '--limit', 'rpc.boddy=1MiB'], 'There is no limit rpc.boddy (did you mean rpc.body?)'],
    [['node', '--limit', 'body=1MiB'], 'There is no limit body (did you mean rpc.body?)'],
    [['node', '--limit', 'nonsense=1'], 'There is no limit nonsense (heddle limits lists all)'],
    [['node', '--limit', 'rpc.body'], 'Give name=value'],
    [['node', '--limit', 'rpc.body=5s'], 'rpc.body takes bytes from 1KiB to 256MiB'],
    [
      ['devnet', '--limit', 'rpc.header-time=1h', '--datadir', at('l')],
      'rpc.header-time=1h exceeds rpc.request-time=30s',
    ],
    [['devnet', '--log-level', 'loud'], 'Allowed choices are trace, debug, info, warn, error, silent'],
    [['devnet', '--mnemonic', 'not a phrase', '--datadir', at('m')], 'no valid BIP-39 phrase; give 12 to 24 words'],
    [['devnet', '--genesis', at('none.json'), '--datadir', at('g')], 'none.json: cannot be read (ENOENT); check'],
    [['load', '--rate', 'fast'], 'heddle: --rate fast: expected a number above 0'],
    [['load', '--rte', '5'], "heddle: unknown option '--rte' (Did you mean --rate?); see heddle load --help"],
    [['load', '--url', 'http://127.0.0.1:1'], 'heddle: http://127.0.0.1:1: '],
    [['fault', 'explode'], "unknown command 'explode'; see heddle fault --help"],
    [['fault', 'kill'], "missing required argument 'validator'; see heddle fault kill --help"],
    [
      ['evm', 'blocktest', 'nowhere'],
      'nowhere: there is no such file or folder; name files or folders of official tests',
    ],
    [['evm', 'blocktest', '.', '--trace', '--workers', '2'], "option '--trace' cannot be used with option '--workers"],
    [['evm', 'blocktest', '.', '--run', '('], '--run: "(" is no regular expression; see heddle evm blocktest --help'],
    [['evm', 'statetest', '.', '--trace', '--workers', '2'], "option '--trace' cannot be used with option '--workers"],
    [['evm', 'statetest', '.', '--run', '('], '--run: "(" is no regular expression; see heddle evm statetest --help'],
    [['fault', 'kill', '1', '2'], "too many arguments for 'kill'"],
    [['fault', 'kill', '1', '--datadir', at('d')], 'd: no devnet runs there; start one with heddle devnet up --detach'],
    [['fault', 'clock', '1', '-5s', '--datadir', at('d')], 'd: no devnet runs there'],
    [['fault', 'status', '--datadir', at('d')], 'd: no devnet runs there'],
    [['devnet', 'status', '--datadir', at('d')], 'd: no devnet runs there'],
    [['devnet', '--datadir', at('e'), 'status'], 'e: no devnet runs there'],
    [['devnet', 'down', '--datadir', at('d')], 'd: no devnet runs there'],
    [
      ['devnet', 'wait', '--datadir', at('d')],
      "required option '--block <number>' not specified; see heddle devnet wait",
    ],
    [['devnet', 'wait', '--block', 'x'], "'x' is invalid. Give a whole number from 0"],
    [['devnet', 'wait', '--block', '1', '--validators', '0,x'], 'Give a whole number from 0 to 99'],
    [['devnet', 'wait', '--block', '1', '--timeout', '60'], 'duration "60"; give a time up to an hour'],
    [['devnet', 'logs', '0', '--datadir', at('d')], "d: holds no validators; give a devnet's folder with --datadir"],
    [['devnet', 'up', '--prot', '1'], "unknown option '--prot' (Did you mean --port?); see heddle devnet up --help"],
    [['node', '--datadir', at('nowhere')], 'nowhere: holds no node (no node.json); give the folder'],
    [['node', '--datadir', at('n'), '--join', at('none.json')], 'none.json: cannot be read (ENOENT)'],
    [['node', '--datadir', at('n'), '--join', 'http://127.0.0.1:1'], '--join http://127.0.0.1:1: no answer'],
  ])('answers %j with one line and exit code 1', async (args, expected) => {
    expect((await heddle(...args)).code).toBe(1);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(/^heddle: [^\n]+; [^\n]+$/);
    expect(errors[0]).toContain(expected);
  });

  it('names the place of a mistake in the genesis file', async () => {
    writeFileSync(at('bad.json'), JSON.stringify({ gasLimit: 'lots' }));
    expect((await heddle('genesis', '--out', at('bad'), '--genesis', at('bad.json'))).code).toBe(1);
    expect(errors).toEqual([
      expect.stringMatching(/bad\.json: gasLimit: found "lots", expected a whole number from 5000/),
    ]);
    expect(existsSync(at('bad'))).toBe(false);
  });

  it('lists every limit', async () => {
    expect((await heddle('limits')).code).toBe(0);
    const lines = output.join('\n').split('\n');
    for (const name of LIMITS.keys()) {
      expect(
        lines.filter((line) => line.startsWith(`  ${name} `)),
        name,
      ).toHaveLength(1);
    }
    expect(lines).toContainEqual(expect.stringMatching(/rpc\.body +5MiB +largest HTTP body/));
  });

  it('takes no other file for a genesis', async () => {
    writeFileSync(at('other.json'), JSON.stringify({ name: 'package' }));
    expect((await heddle('genesis', '--out', at('bad'), '--genesis', at('other.json'))).code).toBe(1);
    expect(errors).toEqual([expect.stringMatching(/other\.json: found .*, expected a geth-style genesis with any of/)]);
  });
});

describe('heddle genesis and heddle node', () => {
  it('make a chain once, run its validators, and let a full node join', async () => {
    const chain = at('chain');
    const args = ['genesis', '--out', chain, '--validators', '2', '--seed', 's', '--p2p-host', 'v{index}'];
    expect((await heddle(...args)).code).toBe(0);
    expect((await heddle(...args)).code).toBe(0);
    expect(output.map((line) => line.split(' ')[1])).toEqual(['wrote', 'kept']);

    const validator = await heddle(
      'node',
      '--datadir',
      join(chain, 'validator-1'),
      '--port',
      '9',
      '--workers',
      '3',
      '--engine',
      'wasm',
      '--limit',
      'rpc.body=1MiB',
      '--limit',
      'query.gas=9000000',
    );
    expect(validator.code).toBe(0);
    expect(validator.configs[0]).toMatchObject({
      paths: { genesis: join(chain, 'genesis.json') },
      validator: { keyFile: join(chain, 'validator-1', 'keys', 'validator.key') },
      rpc: { host: '0.0.0.0', port: 9 },
      network: { announce: ['/dns4/v1/tcp/30303'], peers: [{ multiaddr: '/dns4/v0/tcp/30303' }] },
      blockTimeMs: 1_000,
      emptyBlockTimeMs: 5_000,
      workers: 3,
      engine: 'wasm',
      log: { file: undefined },
      limits: { rpc: { bodySizeBytes: 1_024 * 1_024, batchItemCount: 1_000 }, query: { gasCap: 9_000_000 } },
    });
    expect(errors.join('\n')).toContain('RPC on 0.0.0.0 is open to the network');

    const full = await heddle('node', '--datadir', at('full'), '--join', join(chain, 'devnet.json'));
    expect(full.configs[0]).toMatchObject({ validator: undefined, network: { peers: [{}, {}] }, heldKeys: [] });
    expect(full.configs[0]?.engine).toBe(DEFAULT_ENGINE);
    expect(full.configs[0]?.instanceId).toBe(validator.configs[0]?.instanceId);
    expect((await heddle('node', '--datadir', at('full'))).code).toBe(0);
  });

  it('do not let a full node change its chain', async () => {
    for (const name of ['one', 'two'])
      await heddle('genesis', '--out', at(name), '--validators', '1', '--accounts', '0');
    await heddle('node', '--datadir', at('f'), '--join', at('one', 'devnet.json'));
    expect((await heddle('node', '--datadir', at('f'), '--join', at('two', 'devnet.json'))).code).toBe(1);
    expect(errors.at(-1)).toMatch(/holds another chain than .*two\/devnet\.json; give another folder/);
  });

  it('say what is wrong in a node.json', async () => {
    await heddle('genesis', '--out', at('c'), '--validators', '1', '--accounts', '0');
    const file = at('c', 'validator-0', 'node.json');
    const node = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...node, instanceId: ZERO_HASH, blockTime: 'fast' }));
    expect((await heddle('node', '--datadir', at('c', 'validator-0'))).code).toBe(1);
    expect(errors).toEqual([
      `heddle: ${file}: blockTime: found "fast", expected a number from 0.05 to 3600; correct the file and start again`,
    ]);
  });
});
