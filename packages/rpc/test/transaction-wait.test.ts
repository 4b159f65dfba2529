import { ETHER, testAccount, transfer } from '@heddle/testkit';
import { expect, it } from 'vitest';
import { createBlockReadings } from '../src/block-readings.ts';
import { createHeadFeed } from '../src/head-feed.ts';
import { DEFAULT_LIMITS } from '../src/limits.ts';
import { createContext } from '../src/method-context.ts';
import type { RpcPorts } from '../src/ports.ts';
import { createTipOracle } from '../src/tip-oracle.ts';
import { waitForMined } from '../src/transaction-wait.ts';
import { createTurns } from '../src/turns.ts';
import { createTinyChain, type TinyChain } from './tiny-chain.ts';

const sender = testAccount(0);

function contextOver(chain: TinyChain, closing: AbortSignal, headListenerCount = 10) {
  const heads = createHeadFeed(chain);
  const blocks = createBlockReadings(4);
  const services = { heads, blocks, closing, tips: createTipOracle(blocks), turns: createTurns(200) };
  const limits = { ...DEFAULT_LIMITS, headListenerCount };
  const ports: Partial<RpcPorts> = { chain }; // the wait asks nobody else
  const submissions = { submit: () => Promise.reject(new RangeError('nothing is submitted')) };
  return { heads, context: createContext({ ...services, ports: ports as RpcPorts, limits, submissions }, undefined) };
}

function tinyChain(): TinyChain {
  return createTinyChain(new Map([[sender.address, ETHER]]));
}

it('finds a transaction that is mined already, and one that a later head brings', async () => {
  const chain = tinyChain();
  const { heads, context } = contextOver(chain, new AbortController().signal);
  const [first, second] = [0, 1].map((nonce) => transfer(sender, sender, 1n, { nonce }));
  if (!first || !second) return;
  chain.add({ transactions: [first] });
  expect((await waitForMined(context, first.hash, 60_000))?.reading.number).toBe(1);
  const later = waitForMined(context, second.hash, 60_000);
  chain.add();
  chain.add({ transactions: [second] });
  expect((await later)?.reading.number).toBe(3);
  expect(heads.listenerCount).toBe(0);
  context.close();
  expect(chain.openViewCount).toBe(0);
});

it('gives up when its time is over', async () => {
  const chain = tinyChain();
  const { heads, context } = contextOver(chain, new AbortController().signal);
  expect(await waitForMined(context, `0x${'11'.repeat(32)}`, 10)).toBeUndefined();
  expect(heads.listenerCount).toBe(0);
});

it('gives up at once when the server closes, and opens no view any more', async () => {
  const chain = tinyChain();
  const closing = new AbortController();
  const { context } = contextOver(chain, closing.signal);
  const waiting = waitForMined(context, `0x${'11'.repeat(32)}`, 60_000);
  await Promise.resolve();
  chain.view = () => {
    throw new RangeError('the chain is closed');
  };
  closing.abort();
  await expect(waiting).rejects.toMatchObject({ rpcCode: -32002 });
});

it('refuses to wait when too many wait already', async () => {
  const closing = new AbortController();
  const { context } = contextOver(tinyChain(), closing.signal, 1);
  const waiting = waitForMined(context, `0x${'11'.repeat(32)}`, 60_000);
  await expect(waitForMined(context, `0x${'22'.repeat(32)}`, 60_000)).rejects.toMatchObject({ rpcCode: -32005 });
  closing.abort();
  await expect(waiting).rejects.toMatchObject({ rpcCode: -32002 });
});
