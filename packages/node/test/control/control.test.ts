import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HeddleError } from '@heddle/primitives';
import { createRandom, seedFromEnvironment, type TemporaryDirectory, temporaryDirectory } from '@heddle/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askDevnet } from '../../src/control/control-client.ts';
import { controlPath, shortControlPath } from '../../src/control/control-path.ts';
import type { ControlRequest } from '../../src/control/control-protocol.ts';
import { type ControlServer, serveControl } from '../../src/control/control-server.ts';
import { writeDevnetFile } from '../../src/supervisor/devnet-file.ts';

let folder: TemporaryDirectory;
let heard: ControlRequest[] = [];
const servers: ControlServer[] = [];

beforeEach(() => {
  folder = temporaryDirectory('control');
  heard = [];
});

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
  folder.remove();
});

async function serve(
  datadir = folder.path,
  handle: (request: ControlRequest) => Promise<unknown> = async (request) => request.params,
): Promise<ControlServer> {
  const server = await serveControl(datadir, (request) => {
    heard.push(request);
    return handle(request);
  });
  servers.push(server);
  return server;
}

/** Sends bytes as they are, and gives everything that comes back until the server hangs up. */
function send(path: string, bytes: string | Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ path, allowHalfOpen: true });
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk));
    socket.on('error', () => resolve(answer)); // it was cut off while it still wrote
    socket.on('close', () => resolve(answer));
    socket.on('timeout', () => reject(new RangeError(`no end after ${answer}`)));
    socket.end(bytes);
  });
}

const errorIn = (line: string) => JSON.parse(line).error as { code: string; message: string; remedy: string };

describe('the control channel', () => {
  it('answers a command with its result, and with nothing for none', async () => {
    await serve();
    const params = { links: '0-1', delay: '200ms' };
    expect(await askDevnet(folder.path, { command: 'delay', params })).toEqual(params);
    expect(heard).toEqual([{ command: 'delay', params }]);
    await serve(folder.path, async () => undefined);
    expect(await askDevnet(folder.path, { command: 'down', params: {} })).toBeNull();
  });

  it('passes on what went wrong with code, message and remedy', async () => {
    await serve(folder.path, async () => {
      throw new HeddleError('FAULT_INVALID', 'validator 9: there is none', { remedy: 'give another' });
    });
    await expect(askDevnet(folder.path, { command: 'kill', params: {} })).rejects.toMatchObject({
      code: 'FAULT_INVALID',
      message: 'validator 9: there is none',
      remedy: 'give another',
    });
  });

  it('is for its user alone', async () => {
    const { path } = await serve();
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('takes a short path where the datadir has a long one, in a folder of its user', async () => {
    const datadir = join(folder.path, 'd'.repeat(120));
    mkdirSync(datadir);
    const { path } = await serve(datadir);
    expect([path, path.startsWith(tmpdir()), Buffer.byteLength(path) < 104]).toEqual([
      controlPath(datadir),
      true,
      true,
    ]);
    expect(statSync(join(path, '..')).mode & 0o077).toBe(0);
    expect(await askDevnet(datadir, { command: 'status', params: {} })).toEqual({});
  });

  it('is found where devnet.json says', async () => {
    const elsewhere = temporaryDirectory('elsewhere');
    const { path } = await serve(elsewhere.path);
    const rest = { chainId: 1, instanceId: '0x00', genesis: '', blockTime: 1, emptyBlockTime: 1, pid: 1 } as const;
    writeDevnetFile(folder.path, { ...rest, control: path, validators: [] });
    expect(await askDevnet(folder.path, { command: 'status', params: {} })).toEqual({});
    elsewhere.remove();
  });

  it('takes the place of a socket that a killed supervisor has left', async () => {
    writeFileSync(join(folder.path, 'control.sock'), '');
    await serve();
    expect(await askDevnet(folder.path, { command: 'status', params: {} })).toEqual({});
  });

  it('gives every path of its own', () => {
    expect(shortControlPath('/a')).not.toBe(shortControlPath('/b'));
    expect(controlPath('/a', { platform: 'win32' })).toMatch(/^\\\\\.\\pipe\\heddle-[0-9a-f]{16}$/);
  });

  it('is gone with its devnet, and whoever asks then reads where', async () => {
    const { path } = await serve();
    await servers.pop()?.close();
    expect(existsSync(path)).toBe(false);
    for (const datadir of [folder.path, join(folder.path, 'never')]) {
      await expect(askDevnet(datadir, { command: 'status', params: {} })).rejects.toMatchObject({
        code: 'NO_DEVNET',
        message: `${datadir}: no devnet runs there`,
        remedy: expect.stringContaining('--datadir'),
      });
    }
  });

  it('answers what is being asked before it closes, and tells whoever waits for the end', async () => {
    let answer: (value: string) => void = () => undefined;
    const server = await serve(folder.path, () => new Promise((resolve) => (answer = resolve)));
    const asked = askDevnet(folder.path, { command: 'down', params: {} }, { untilClosed: true });
    while (heard.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const closed = server.close();
    answer('ended');
    expect(await asked).toBe('ended');
    await closed;
  });

  it('says when the devnet dies before it answers, or takes too long', async () => {
    const server = await serve(folder.path, () => new Promise(() => undefined));
    await expect(askDevnet(folder.path, { command: 'x', params: {} }, { timeoutMs: 50 })).rejects.toMatchObject({
      code: 'CONTROL_LOST',
      message: expect.stringContaining('within 0.05 s'),
    });
    const asked = askDevnet(folder.path, { command: 'x', params: {} });
    asked.catch(() => undefined);
    while (heard.length < 2) await new Promise((resolve) => setImmediate(resolve));
    await server.close();
    await expect(asked).rejects.toMatchObject({ code: 'CONTROL_LOST', message: expect.stringContaining('hung up') });
  });
});

describe('hostile requests', () => {
  it.each<[string, string]>([
    ['no JSON', 'hello\n'],
    ['no object', '[]\n'],
    ['null', 'null\n'],
    ['a number', '7\n'],
    ['no command', '{"validator":"1"}\n'],
    ['a command that is no text', '{"command":{"a":1}}\n'],
    ['a parameter that is no text', '{"command":"kill","validator":1}\n'],
    ['a parameter that is too long', `{"command":"kill","validator":"${'9'.repeat(5_000)}"}\n`],
    [
      'too many parameters',
      `${JSON.stringify(Object.fromEntries([...'abcdefghijklmnopqr'].map((key) => [key, ''])))}\n`,
    ],
    ['an empty line', '\n'],
  ])('with %s get a clear refusal, and the next line its answer', async (_, line) => {
    const { path } = await serve();
    const [refusal = '', next = ''] = (await send(path, `${line}{"command":"status"}\n`)).split('\n');
    expect(errorIn(refusal)).toMatchObject({
      code: 'CONTROL_REFUSED',
      message: expect.stringMatching(/^control request: /),
      remedy: expect.stringContaining('{"command":"status"}'),
    });
    expect(JSON.parse(next)).toEqual({ ok: true, result: {} });
    expect(heard).toEqual([{ command: 'status', params: {} }]);
  });

  it('keep the names that objects have of their own', async () => {
    const { path } = await serve(folder.path, async ({ params }) => Object.keys(params));
    const answer = await send(path, '{"command":"x","__proto__":"a","constructor":"b"}\n');
    expect(JSON.parse(answer)).toEqual({ ok: true, result: ['__proto__', 'constructor'] });
  });

  it('that never end their line are cut off at its limit', async () => {
    const { path } = await serve();
    const answer = await send(path, 'x'.repeat(200_000));
    if (answer !== '') expect(errorIn(answer).message).toContain('a line may have 65536 bytes');
    expect(heard).toEqual([]);
    expect(await askDevnet(folder.path, { command: 'status', params: {} })).toEqual({});
  });

  it('that do not wait for answers are cut off at a limit', async () => {
    const { path } = await serve(folder.path, () => new Promise(() => undefined));
    const answer = await send(path, '{"command":"status"}\n'.repeat(100));
    expect(errorIn(answer).message).toContain('32 requests wait already');
    expect(heard).toHaveLength(1);
  });

  it('of random bytes leave it as it was', async () => {
    const { path } = await serve();
    const random = createRandom(seedFromEnvironment('control'));
    for (let turn = 0; turn < 200; turn++) {
      const bytes = Uint8Array.from({ length: random.int(20, 400) }, () => random.int(0, 255));
      if (random.int(0, 1) === 0) bytes.set(Buffer.from('{"command":"st'), 0);
      await send(path, bytes);
    }
    expect(heard).toEqual([]);
    expect(await askDevnet(folder.path, { command: 'status', params: {} })).toEqual({});
  });
});
