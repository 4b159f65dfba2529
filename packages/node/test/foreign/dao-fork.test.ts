import { bytesToHex, type Header } from '@heddle/primitives';
import { describe, expect, it } from 'vitest';
import { networkConfig } from '../../src/conformance/network-config.ts';
import type { ChainConfig } from '../../src/foreign/chain-config.ts';
import { daoForkFault, daoForkSweep } from '../../src/foreign/dao-fork.ts';

const MARK = bytesToHex(Buffer.from('dao-hard-fork'));
const supporting = networkConfig('HomesteadToDaoAt5', { chainId: 1, blobSchedule: {} });
const opposing: ChainConfig = { ...supporting, daoFork: { block: 5, isSupported: false } };
const header = (number: number, extraData: Header['extraData']) => ({ number, extraData }) as Header;

describe('the DAO fork (EIP-779)', () => {
  it('marks its first ten blocks on the side that supports it, and no other', () => {
    expect(daoForkFault(supporting, header(4, '0x'))).toBeUndefined();
    for (const number of [5, 14]) {
      expect(daoForkFault(supporting, header(number, '0x'))).toContain(`expected ${MARK}`);
      expect(daoForkFault(supporting, header(number, MARK))).toBeUndefined();
      expect(daoForkFault(opposing, header(number, MARK))).toContain('anything but');
    }
    expect(daoForkFault(supporting, header(15, '0x'))).toBeUndefined();
  });

  it('sweeps 116 accounts at its first block, where it is supported', () => {
    const { sweep } = daoForkSweep(supporting, 5);
    expect(new Set(sweep?.accounts).size).toBe(116);
    expect(sweep?.recipient).toBe('0xbf4ed7b27f1d666546e30d74d50d173d20bca754');
    expect([daoForkSweep(supporting, 6), daoForkSweep(opposing, 5)]).toEqual([{}, {}]);
  });
});
