import { genesisOperations } from '@heddle/executor';
import { hashHeader } from '@heddle/primitives';
import { describe, expect, it } from 'vitest';
import { executionRulesAt } from '../../src/foreign/chain-config.ts';
import { readForeignGenesis } from '../../src/foreign/read-foreign-genesis.ts';

const OLD = { homesteadBlock: 0, eip150Block: 3, eip155Block: 6, eip158Block: 6, byzantiumBlock: 9 };
const merged = (number: number, timestamp: number) => ({ number, timestamp, isMerged: true });

function refusal(config: object): string {
  try {
    readForeignGenesis({ config: { chainId: 1, ...config } });
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing';
}

describe('a genesis.json of any fork', () => {
  it('has the header fields that come with the forks at block 0', () => {
    const later = { londonBlock: 0, terminalTotalDifficulty: 0, shanghaiTime: 0, cancunTime: 0, pragueTime: 0 };
    const old = readForeignGenesis({ config: { chainId: 1, ...OLD } }).blockWith(`0x${'00'.repeat(32)}`);
    expect(old.header).toMatchObject({ baseFeePerGas: undefined, difficulty: 131_072n, gasLimit: 4_712_388n });
    const { header } = readForeignGenesis({ config: { chainId: 1, ...later }, difficulty: '0x0' }).blockWith('0x');
    expect(header).toMatchObject({ baseFeePerGas: 1_000_000_000n, excessBlobGas: 0n });
    expect(header.requestsHash).toMatch(/^0xe3b0c442/);
  });

  it('keeps an account without anything: geth has it in the state too', () => {
    const empty = { balance: '0x0' };
    const { alloc } = readForeignGenesis({ config: { chainId: 1 }, alloc: { ['ab'.repeat(20)]: empty } });
    expect(genesisOperations(alloc).stateRoot).not.toBe(genesisOperations([]).stateRoot);
  });

  it('gives each place of the chain its rules, with the blob schedule that is in force', () => {
    const blobSchedule = {
      prague: { target: 6, max: 9, baseFeeUpdateFraction: 5_007_716 },
      bpo1: { target: 10, max: 15, baseFeeUpdateFraction: 8_346_193 },
    };
    const times = { shanghaiTime: 10, cancunTime: 20, pragueTime: 30, osakaTime: 40, bpo1Time: 50 };
    const { config } = readForeignGenesis({ config: { chainId: 7, ...OLD, ...times, blobSchedule } });
    expect(executionRulesAt(config, { number: 5, timestamp: 1, isMerged: false }).fork).toBe('tangerineWhistle');
    expect(executionRulesAt(config, merged(50, 9)).fork).toBe('paris');
    expect(executionRulesAt(config, merged(50, 29))).not.toHaveProperty('blobs');
    expect(executionRulesAt(config, merged(50, 49))).toMatchObject({ fork: 'osaka', blobs: { max: 9 } });
    expect(executionRulesAt(config, merged(50, 50))).toMatchObject({
      chainId: 7,
      fork: 'osaka',
      transactionGasCap: 1n << 24n,
      blobs: { target: 10, max: 15, baseFeeUpdateFraction: 8_346_193n },
    });
  });

  it.each([
    ['a fork of the future', { amsterdamTime: 5 }, 'config.amsterdamTime'],
    ['half of Spurious Dragon', { eip155Block: 3, eip158Block: 6 }, 'eip155Block'],
    ['a schedule of no fork', { blobSchedule: { bpo9: {} } }, 'config.blobSchedule.bpo9'],
  ])('is refused with %s', (_, config, place) => {
    expect(refusal(config)).toContain(place);
  });

  it('has the hash of mainnet, given the root of its alloc', () => {
    const json = { config: { chainId: 1 }, nonce: '0x42', difficulty: '0x400000000', gasLimit: '0x1388' };
    const extraData = '0x11bbe8db4e347b4e8c937c1c8370e4b5ed33adb3db69cbdb7a38e1e50b1b82fa';
    const stateRoot = '0xd7f8974fb5ac78d9ac099b9ad5018bedc2ce0a72dad1827a1709da30580f0544'; // of mainnet's alloc
    const { header } = readForeignGenesis({ ...json, extraData }).blockWith(stateRoot);
    expect(hashHeader(header)).toBe('0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3');
  });
});
