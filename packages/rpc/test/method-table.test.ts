import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Method } from '../src/method.ts';
import { METHODS } from '../src/method-table.ts';
import { documentation } from './method-documentation.ts';
import type { MethodTest } from './method-test.ts';
import { readOpenRpc } from './open-rpc.ts';
import { type RpcUnderTest, startRpc } from './rpc-under-test.ts';

const FOLDER = join(import.meta.dirname, 'methods');
const DOCUMENTATION = join(import.meta.dirname, '..', '..', '..', 'docs', 'rpc-methods.md');
const openRpc = readOpenRpc();

/** The test of each method that has one, by wire name: `methods/<name>.ts` exports it as `methodTest`. */
const tests = new Map<string, MethodTest>();
for (const name of METHODS.keys()) {
  if (!existsSync(join(FOLDER, `${name}.ts`))) continue;
  const module = (await import(join(FOLDER, `${name}.ts`))) as { readonly methodTest?: MethodTest };
  if (module.methodTest !== undefined) tests.set(name, module.methodTest);
}

describe('the method table', () => {
  it('has a test with a result and a bad parameter for every method', () => {
    expect([...METHODS.keys()].filter((name) => !tests.has(name))).toEqual([]);
  });

  it('has a method for every test', () => {
    expect(readdirSync(FOLDER).filter((file) => !METHODS.has(file.replace(/\.ts$/, '')))).toEqual([]);
  });

  it('has its methods in files of their wire names', () => {
    const files = readdirSync(join(import.meta.dirname, '..', 'src', 'methods'));
    expect(files.map((file) => file.replace(/\.ts$/, '')).sort()).toEqual([...METHODS.keys()].sort());
  });

  it('is documented in docs/rpc-methods.md as it is (vitest -u writes it anew)', async () => {
    await expect(documentation(METHODS, tests)).toMatchFileSnapshot(DOCUMENTATION);
  });
});

let rpc: RpcUnderTest;
beforeEach(async () => {
  rpc = judged(await startRpc());
});
afterEach(() => rpc.close());

describe.each([...METHODS.values()].map((method) => [method.name, method] as const))('%s', (name, method) => {
  const test = tests.get(name);
  if (test === undefined) return;

  it(test.result.title, async () => {
    await test.result.run(rpc);
    const figures = await (await fetch(`${rpc.client.url}/metrics`)).text();
    expect(figures, 'the test never got an answer').toContain(`{method="${name}",end="answered"}`);
  });

  it('refuses a bad parameter', async () => {
    const { params, message, code = -32602 } = test.badParameter;
    const error = await rpc.client.fail(name, ...params);
    expect({ code: error.rpcCode, message: error.message }).toEqual({ code, message });
  });

  for (const { title, run } of test.more ?? []) it(title, () => run(rpc));

  it('refuses a parameter too many', async () => {
    const surplus = Array.from({ length: maxCount(method) + 1 }, () => null);
    const error = await rpc.client.fail(name, ...surplus);
    expect(error.message).toBe(`too many arguments, want at most ${maxCount(method)}`);
  });
});

function maxCount({ params }: Method): number {
  return params.length;
}

/** The same, with every result judged by the published OpenRPC document. */
function judged(under: RpcUnderTest): RpcUnderTest {
  const call: RpcUnderTest['client']['call'] = async (method, ...params) => {
    const result = await under.client.call(method, ...params);
    expect(openRpc?.complaint(method, placed(result))).toBeUndefined();
    return result;
  };
  return { ...under, client: { ...under.client, call } };
}

/** A pooled transaction has a null place in geth and in every client; the document only knows mined ones. */
function placed(result: unknown): unknown {
  if (typeof result !== 'object' || result === null || !('blockHash' in result) || result.blockHash !== null)
    return result;
  expect(result).toMatchObject({ blockNumber: null, blockTimestamp: null, transactionIndex: null });
  const blockHash = `0x${'00'.repeat(32)}`;
  return { ...result, blockHash, blockNumber: '0x1', blockTimestamp: '0x1', transactionIndex: '0x0' };
}
