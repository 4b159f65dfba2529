import type { Address, Hash, Log } from '@heddle/primitives';
import { transfer } from '@heddle/testkit';
import type { RpcUnderTest } from './rpc-under-test.ts';

/** Two contracts that emit logs, and the topics that they use. */
export const TOKEN_A: Address = `0x${'a1'.repeat(20)}`;
export const TOKEN_B: Address = `0x${'b2'.repeat(20)}`;
export const TRANSFER: Hash = `0x${'dd'.repeat(32)}`;
export const APPROVAL: Hash = `0x${'8c'.repeat(32)}`;

/** A topic that holds a small number. */
export function topicOf(number: number): Hash {
  return `0x${number.toString(16).padStart(64, '0')}`;
}

/** A log with those topics; its data is one byte a topic. */
export function sampleLog(address: Address, ...topics: readonly Hash[]): Log {
  return { address, topics, data: `0x${'07'.repeat(topics.length)}` };
}

/**
 * Adds three blocks. 1: two transactions, logs A(Transfer,1,2) and then A(Transfer,2,3), B(Approval,1).
 * 2: nothing. 3: one transaction, logs B(Transfer,1,3) and A without topics.
 */
export function addSampleLogs({ chain, account }: RpcUnderTest): void {
  const first = transfer(account(0), account(2), 5n, { nonce: 0 });
  const second = transfer(account(1), account(2), 6n, { nonce: 0 });
  chain.add({
    transactions: [first, second],
    outcomes: {
      0: { gasUsed: 30_000n, logs: [sampleLog(TOKEN_A, TRANSFER, topicOf(1), topicOf(2))] },
      1: {
        gasUsed: 40_000n,
        logs: [sampleLog(TOKEN_A, TRANSFER, topicOf(2), topicOf(3)), sampleLog(TOKEN_B, APPROVAL, topicOf(1))],
      },
    },
  });
  chain.add();
  chain.add({
    transactions: [transfer(account(0), account(2), 7n, { nonce: 1 })],
    outcomes: { 0: { logs: [sampleLog(TOKEN_B, TRANSFER, topicOf(1), topicOf(3)), sampleLog(TOKEN_A)] } },
  });
}
