import { waitFor } from '@heddle/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { encodeFrame } from '../src/codec/frame.ts';
import { NETWORK_LIMITS } from '../src/limits.ts';
import { startRogue, stopAllRogues } from './rogue-peer.ts';
import {
  metric,
  startNode,
  startValidators,
  stopAllNodes,
  type TestNode,
  type TestNodeOptions,
} from './test-network.ts';

afterEach(async () => {
  await stopAllRogues();
  await stopAllNodes();
});

async function pair(options?: TestNodeOptions): Promise<[TestNode, TestNode]> {
  return (await startValidators(2, options)) as [TestNode, TestNode];
}

const FAILED = { code: 'P2P_REQUEST_FAILED' };
const ask = (from: TestNode, to: TestNode, payload: Uint8Array = Uint8Array.of(1)) =>
  from.network.request(to.network.peerId, { kind: 'blocks', payload });

describe('requests', () => {
  it('of each kind are answered with up to megabytes', async () => {
    const [first, second] = await pair();
    second.answers.request = async ({ kind, payload }, from) => {
      expect(from.peerId).toBe(first.network.peerId);
      return Buffer.concat([Buffer.from(`${kind} `), payload, new Uint8Array(3 << 20).fill(7)]);
    };
    for (const kind of ['blocks', 'transactions', 'pool'] as const) {
      const answer = await first.network.request(second.network.peerId, { kind, payload: Buffer.from('for 5') });
      expect(Buffer.from(answer.subarray(0, kind.length + 6)).toString()).toBe(`${kind} for 5`);
      expect(answer.length).toBe(kind.length + 6 + (3 << 20));
    }
  });

  it('may be empty and have an empty answer', async () => {
    const [first, second] = await pair();
    second.answers.request = async ({ payload }) => payload;
    expect(await ask(first, second, new Uint8Array(0))).toEqual(new Uint8Array(0));
  });

  it('run side by side, a bounded number at once, the rest in a bounded line', async () => {
    const [first, second] = await pair({ limits: { requestsPerPeer: 3, requestsWaitingPerPeer: 4 } });
    let atOnce = 0;
    let most = 0;
    const gates: (() => void)[] = [];
    second.answers.request = async ({ payload }) => {
      most = Math.max(most, ++atOnce);
      await new Promise<void>((resolve) => gates.push(resolve));
      atOnce--;
      return payload;
    };
    const answers = Array.from({ length: 7 }, (_, index) => ask(first, second, Uint8Array.of(index)));
    await expect(ask(first, second)).rejects.toMatchObject(FAILED);
    await waitFor(() => gates.length === 3, { what: 'as many requests as may run at once' });
    for (let index = 0; index < 7; index++) {
      await waitFor(() => gates.length > index, { what: `request ${index}` });
      gates[index]?.();
    }
    expect((await Promise.all(answers)).map((answer) => answer[0])).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(most).toBe(3);
  });

  it('fail when the answer takes too long, when there is none and when it is too large', async () => {
    const [first, second] = await pair({ limits: { transactionsRequestMs: 300, responseBytes: 1_000 } });
    second.answers.request = () => new Promise(() => {});
    const hasty = first.network.request(second.network.peerId, { kind: 'transactions', payload: Uint8Array.of(1) });
    await expect(hasty).rejects.toMatchObject(FAILED);
    second.answers.request = async () => undefined;
    await expect(ask(first, second)).rejects.toThrow('it has no answer');
    second.answers.request = async () => new Uint8Array(1_000);
    await expect(ask(first, second)).rejects.toThrow('it has no answer');
    await expect(ask(first, second, new Uint8Array(NETWORK_LIMITS.requestBytes))).rejects.toThrow('too many');
    expect(metric(first, 'request_failures_total')).toBe(4);
    expect(metric(first, 'requests')).toBe(0);
  });

  it('fail when the answer drips, long before their time is over', async () => {
    const node = await startNode({
      validator: 0,
      limits: { answerPaceAfterMs: 500, answerPaceBytes: 100_000, blocksRequestMs: 600_000 },
    });
    const rogue = await startRogue(node, { validator: 1 });
    await rogue.greet();
    await rogue.stayAlive();
    const failure = () => node.network.request(rogue.peerId, { kind: 'blocks', payload: new Uint8Array(1) });
    await rogue.dripAnswers({ sizeBytes: 4_000_000, chunk: 100, everyMs: 20 }); // 5 KB/s, and never silent
    await expect(failure()).rejects.toMatchObject({ ...FAILED, cause: { code: 'P2P_TOO_SLOW' } });
    expect(metric(node, 'requests')).toBe(0);
  });

  it('fail at once when the peer is gone, before or meanwhile', async () => {
    const [first, second] = await pair();
    await expect(first.network.request('12D3KooWnobody', { kind: 'pool', payload: new Uint8Array(1) })).rejects.toThrow(
      'not connected',
    );
    let asked = false;
    second.answers.request = () => {
      asked = true;
      return new Promise(() => {});
    };
    const answer = ask(first, second);
    const failed = expect(answer).rejects.toMatchObject(FAILED);
    await waitFor(() => asked, { what: 'the request to arrive' });
    await second.network.stop();
    await failed;
  });

  it('above the rate of one peer are answered as busy', async () => {
    const [first, second] = await pair({
      limits: { requestsPerSecond: 0.001, requestsBurst: 2 },
    });
    second.answers.request = async ({ payload }) => payload;
    await ask(first, second);
    await ask(first, second);
    await expect(ask(first, second)).rejects.toThrow('busy');
    expect(metric(second, 'requests_refused_total')).toBe(1);
  });

  it('that are malformed or oversized are dropped and counted; an oversized answer costs its sender', async () => {
    const node = await startNode({ validator: 0 });
    const rogue = await startRogue(node, { validator: 1 });
    await rogue.greet();
    const malformed = await rogue.open('request');
    malformed.send(encodeFrame(Uint8Array.of(77, 1, 2)));
    await waitFor(() => metric(node, 'messages_malformed_total') === 1, { what: 'the malformed request' });
    const oversized = await rogue.open('request');
    oversized.send(Uint8Array.of(0x10, 0, 0, 0));
    await waitFor(() => metric(node, 'frames_oversized_total') === 1, { what: 'the oversized request' });
    expect(metric(node, 'penalties_total')).toBe(2);
    await rogue.answerRequests(Uint8Array.of(0x10, 0, 0, 0));
    await expect(
      node.network.request(rogue.peerId, { kind: 'pool', payload: new Uint8Array(0) }),
    ).rejects.toMatchObject(FAILED);
    expect(metric(node, 'penalties_total')).toBe(3);
  });
});
