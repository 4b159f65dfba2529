import { describe, expect, it } from 'vitest';
import { expectedKinds } from '../../src/conformance/expected-kind.ts';
import { networkConfig } from '../../src/conformance/network-config.ts';
import { forkAt } from '../../src/foreign/chain-config.ts';

const configOf = (network: string) => networkConfig(network, { chainId: 1, blobSchedule: {} });
const at = (number: number, timestamp = 0, isMerged = false) => ({ number, timestamp, isMerged });

describe('the name of a network', () => {
  it.each([
    ['Frontier', 'frontier'],
    ['EIP150', 'tangerineWhistle'],
    ['ConstantinopleFix', 'petersburg'],
    ['Constantinople', 'constantinople'],
    ['ArrowGlacier', 'london'],
  ])('that is a fork stands for its rules from genesis: %s', (network, fork) => {
    expect(forkAt(configOf(network), at(0))).toBe(fork);
    expect(configOf(network)).toMatchObject({ terminalTotalDifficulty: undefined, daoFork: undefined });
  });

  it.each([
    ['Paris', 'paris'],
    ['Merge', 'paris'],
    ['Shanghai', 'shanghai'],
    ['Osaka', 'osaka'],
    ['BPO2', 'osaka'],
  ])('that is a fork after the merge has it at genesis: %s', (network, fork) => {
    expect(configOf(network).terminalTotalDifficulty).toBe(0n);
    expect(forkAt(configOf(network), at(0, 0, true))).toBe(fork);
  });

  it('that is a way from one fork to the next switches at a block, a time, or a total difficulty', () => {
    const byBlock = configOf('BerlinToLondonAt5');
    expect([forkAt(byBlock, at(4)), forkAt(byBlock, at(5))]).toEqual(['berlin', 'london']);
    const byTime = configOf('CancunToPragueAtTime15k');
    expect([14_999, 15_000].map((time) => forkAt(byTime, at(9, time, true)))).toEqual(['cancun', 'prague']);
    expect(configOf('ArrowGlacierToParisAtDiffC0000').terminalTotalDifficulty).toBe(0xc0000n);
    expect(configOf('BPO1ToBPO2AtTime15k').forkTimes).toMatchObject({ osaka: 0, bpo1: 0, bpo2: 15_000 });
    expect(configOf('HomesteadToDaoAt5').daoFork).toEqual({ block: 5, isSupported: true });
  });

  it('that nobody knows is refused', () => {
    expect(() => configOf('Amsterdam')).toThrow('no rules are known for the network "Amsterdam"');
    expect(() => configOf('OsakaToAmsterdamAtTime15k')).toThrow('OsakaToAmsterdamAtTime15k');
  });
});

describe('what a test calls a fault', () => {
  it.each([
    ['TransactionException.NONCE_MISMATCH_TOO_LOW', ['transaction']],
    ['TR_FeeCapLessThanBlocksORNoFunds', ['transaction']],
    ['InvalidStateRoot', ['result']],
    ['BlockException.INVALID_REQUESTS', ['result']],
    ['BlockException.INVALID_GASLIMIT', ['header']],
    ['TransactionException.TYPE_3_TX_PRE_FORK|BlockException.INVALID_VERSIONED_HASHES', ['transaction', 'header']],
  ])('%s is one of its kinds', (exception, kinds) => {
    expect([...expectedKinds(exception)]).toEqual(kinds);
  });
});
