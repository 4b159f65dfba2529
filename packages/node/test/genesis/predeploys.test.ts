import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createAddress,
  decodeTransaction,
  encodeRlp,
  hexToBytes,
  keccak256Hex,
  type RlpInput,
  recoverSender,
  SYSTEM_CONTRACTS,
} from '@heddle/primitives';
import { fixtureFolder } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { TOOL_CONTRACTS } from '../../src/genesis/predeploys.ts';

const [create2, multicall3] = TOOL_CONTRACTS.map(({ address, code }) => ({ address, code: hexToBytes(code) }));

/** A legacy creation at nonce 0 with 100 gwei, as both projects published theirs, signature and all. */
function deployment(gasLimit: `0x${string}`, initCode: Uint8Array, [v, r, s]: readonly [number, string, string]) {
  const fields: RlpInput = [
    new Uint8Array(0),
    hexToBytes('0x174876e800'),
    hexToBytes(gasLimit),
    new Uint8Array(0),
    new Uint8Array(0),
    initCode,
    Uint8Array.of(v),
    hexToBytes(r),
    hexToBytes(s),
  ];
  return recoverSender(decodeTransaction(encodeRlp(fields)));
}

describe('the predeployed contracts', () => {
  it("hold Multicall3's code as its pre-signed deployment leaves it", () => {
    expect(multicall3?.code).toHaveLength(3_808);
    const constructorCode = '608060405234801561001057600080fd5b50610ee0806100206000396000f3fe';
    const initCode = hexToBytes(`0x${constructorCode}${Buffer.from(multicall3?.code ?? []).toString('hex')}`);
    const sender = deployment('0x0f4240', initCode, [
      28,
      '0xedce47092c0f398cebf3ffc267f05c8e7076e3b89445e0fe50f6332273d4569b',
      '0x1b0b9d000e19b24c5869b0fc3b22b0d6fa47cd63316875cbbd577d76e6fde086',
    ]);
    expect(sender).toBe('0x05f32b3cc3888453ff71b01135b34ff8e41263f2');
    expect(multicall3?.address).toBe(createAddress(sender, 0n));
  });

  it("hold the CREATE2 deployer's code as its pre-signed deployment leaves it", () => {
    const initCode = hexToBytes(`0x604580600e600039806000f350fe${Buffer.from(create2?.code ?? []).toString('hex')}`);
    const twos = `0x${'22'.repeat(32)}`;
    const sender = deployment('0x0186a0', initCode, [27, twos, twos]);
    expect(sender).toBe('0x3fab184622dc19b6109349b94811493bf2a45362');
    expect(create2?.address).toBe(createAddress(sender, 0n));
  });

  it("hold the system contracts' code as geth's test chain has it", (context) => {
    const folder = fixtureFolder('rpc');
    if (!folder) return context.skip();
    const { alloc } = JSON.parse(readFileSync(join(folder, 'geth-chain', 'genesis.json'), 'utf8'));
    for (const { address, code } of Object.values(SYSTEM_CONTRACTS))
      expect(keccak256Hex(hexToBytes(code))).toBe(keccak256Hex(hexToBytes(alloc[address.slice(2)].code)));
  });
});
