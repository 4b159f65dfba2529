import { bloomOfLogs, type Log } from '@heddle/primitives';
import { createRandom, type Random, seedFromEnvironment, waitFor } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { createLogMatcher } from '../src/log-matcher.ts';
import { startRpc } from './rpc-under-test.ts';
import { addSampleLogs, sampleLog, TOKEN_A, TOKEN_B, topicOf } from './sample-logs.ts';

/** Few addresses and topics, so that filters hit often. */
function randomLog(random: Random): Log {
  const topics = Array.from({ length: random.int(0, 4) }, () => topicOf(random.int(1, 4)));
  return sampleLog(random.pick([TOKEN_A, TOKEN_B]), ...topics);
}

function randomCriteria(random: Random) {
  const addresses = random.pick([[], [TOKEN_A], [TOKEN_B], [TOKEN_A, TOKEN_B]]);
  const alternatives = () => Array.from({ length: random.int(0, 2) }, () => topicOf(random.int(1, 4)));
  return { addresses, topics: Array.from({ length: random.int(0, 4) }, alternatives) };
}

describe('a log matcher', () => {
  it("agrees with the filter's definition and never rules out by bloom what it wants", () => {
    const random = createRandom(seedFromEnvironment('log matcher'));
    let matches = 0;
    for (let round = 0; round < 2_000; round++) {
      const log = randomLog(random);
      const { addresses, topics } = randomCriteria(random);
      const matcher = createLogMatcher({ addresses, topics });
      const wanted =
        (addresses.length === 0 || addresses.includes(log.address)) &&
        topics.every(
          (group, place) =>
            place < log.topics.length && (group.length === 0 || group.some((topic) => topic === log.topics[place])),
        );
      expect(matcher.matches(log)).toBe(wanted);
      if (!wanted) continue;
      matches++;
      expect(matcher.mayMatch(bloomOfLogs([randomLog(random), log]))).toBe(true);
    }
    expect(matches).toBeGreaterThan(200);
  });

  it('rules blocks out by their bloom', () => {
    const bloom = bloomOfLogs([sampleLog(TOKEN_A, topicOf(1))]);
    expect(createLogMatcher({ addresses: [TOKEN_B], topics: [] }).mayMatch(bloom)).toBe(false);
    expect(createLogMatcher({ addresses: [TOKEN_A], topics: [[], [topicOf(7)]] }).mayMatch(bloom)).toBe(false);
    expect(createLogMatcher({ addresses: [TOKEN_B, TOKEN_A], topics: [[topicOf(1)]] }).mayMatch(bloom)).toBe(true);
  });
});

describe('a search', () => {
  it('is refused over more blocks or more logs than the limits allow, with the range that fits', async () => {
    const rpc = await startRpc({ limits: { logRangeBlocks: 4, logResultCount: 4 } });
    addSampleLogs(rpc);
    rpc.chain.add();
    const all = await rpc.client.fail('eth_getLogs', { fromBlock: '0x0', toBlock: 'latest' });
    expect([all.rpcCode, all.message]).toEqual([-32602, 'exceed maximum block range: 4']);
    const many = await rpc.client.fail('eth_getLogs', { fromBlock: '0x1', toBlock: 'latest' });
    expect(many.message).toBe('query exceeds max results 4, retry with the range 1-2');
    expect(await rpc.client.call('eth_getLogs', { fromBlock: '0x1', toBlock: '0x2' })).toHaveLength(3);
    await rpc.close();
  });

  it('ends as soon as what it has found cannot fit an answer', async () => {
    const rpc = await startRpc({ limits: { responseSizeBytes: 20_000 } });
    for (let count = 0; count < 100; count++) addSampleLogs(rpc);
    const { view } = rpc.chain;
    let last = 0;
    rpc.chain.view = () => {
      const opened = view();
      const { headerByNumber } = opened;
      opened.headerByNumber = (number) => {
        last = number;
        return headerByNumber(number);
      };
      return opened;
    };
    const large = await rpc.client.fail('eth_getLogs', { fromBlock: '0x0', toBlock: 'latest' });
    expect([large.rpcCode, large.message]).toEqual([-32003, 'response too large']);
    expect(last).toBeLessThan(40);
    await rpc.close();
  });

  it('has no range of its own, as in geth', async () => {
    const rpc = await startRpc();
    for (let count = 0; count < 30; count++) rpc.chain.add();
    expect(await rpc.client.call('eth_getLogs', { fromBlock: '0x0', toBlock: '0x1e' })).toEqual([]);
    await rpc.close();
  });

  it('lets other requests pass while it is long', async () => {
    const rpc = await startRpc({ limits: { sliceMs: 0 } });
    for (let count = 0; count < 300; count++) addSampleLogs(rpc); // nonces repeat: nobody judges them here
    const socket = await rpc.openWebSocket();
    let lastLooked = -1;
    let lookedAtStatus = -1;
    const { view } = rpc.chain;
    rpc.chain.view = () => {
      const opened = view();
      const { headerByNumber } = opened;
      opened.headerByNumber = (number) => {
        lastLooked = number;
        return headerByNumber(number);
      };
      return opened;
    };
    const { status } = rpc.pool;
    rpc.pool.status = () => {
      lookedAtStatus = lastLooked;
      return status();
    };
    const search = rpc.client.call('eth_getLogs', { fromBlock: '0x0', toBlock: 'latest' });
    await waitFor(() => lastLooked >= 0, { what: 'the beginning of the search', everyMs: 0 });
    await socket.call('txpool_status');
    expect(lookedAtStatus).toBeLessThan(900);
    expect(await search).toHaveLength(1_500);
    socket.close();
    await rpc.close();
  });
});
