import { bytesToHex, type Header, keccak256Hex } from '@heddle/primitives';
import { describe, expect, it } from 'vitest';
import {
  childEnvironment,
  extraDataOf,
  headerFault,
  nextMixHash,
  sealHeader,
  timeFault,
  timestampMsOf,
  validatorSetHash,
} from '../../src/execution/child-header.ts';
import { genesisBlock } from '../../src/genesis/genesis-block.ts';
import { EMPTY_RESULT } from './empty-result.ts';
import { testSpec } from './execution-fixture.ts';

const HASH = `0x${'ab'.repeat(32)}` as const;
const VALIDATORS = Uint8Array.of(1, 2, 3);
const spec = testSpec();
const genesis = genesisBlock(spec, HASH).header;
const genesisMs = genesis.timestamp * 1_000;
const beneficiary = `0x${'fe'.repeat(20)}` as const;

/** An empty child of `parent` as an honest proposer seals it. */
function childOf(parent: Header, timestampMs: number): Header {
  const environment = childEnvironment(parent, spec, { timestampMs, beneficiary, validators: VALIDATORS });
  return sealHeader(environment, timestampMs, EMPTY_RESULT);
}

const rules = { parent: genesis, spec, validators: VALIDATORS };
const child = childOf(genesis, genesisMs + 1_234);

describe('a header', () => {
  it('that was sealed by the rules follows from its parent, also from one that is not genesis', () => {
    expect(headerFault(child, rules)).toBeUndefined();
    const grandchild = childOf(child, genesisMs + 2_000);
    expect(headerFault(grandchild, { ...rules, parent: child })).toBeUndefined();
    expect(headerFault(grandchild, rules)).toMatch(/^number: the header says 2, expected 1$/);
  });

  it.each<[keyof Header, Partial<Header>]>([
    ['number', { number: 2 }],
    ['parentHash', { parentHash: HASH }],
    ['timestamp', { timestamp: child.timestamp + 1 }],
    ['gasLimit', { gasLimit: spec.gasLimit + 1n }],
    ['baseFeePerGas', { baseFeePerGas: (child.baseFeePerGas ?? 0n) + 1n }],
    ['mixHash', { mixHash: HASH }],
    ['parentBeaconBlockRoot', { parentBeaconBlockRoot: HASH }],
    ['excessBlobGas', { excessBlobGas: 1n }],
    ['blobGasUsed', { blobGasUsed: 1n }],
    ['ommersHash', { ommersHash: HASH }],
    ['difficulty', { difficulty: 1n }],
    ['nonce', { nonce: '0x0000000000000001' }],
    ['requestsHash', { requestsHash: undefined }],
  ])('with another %s is refused by that name', (field, change) => {
    expect(headerFault({ ...child, ...change }, rules)).toMatch(
      new RegExp(`^${field}: the header says .+, expected .+`),
    );
  });

  it.each([
    ['empty', '0x'],
    ['zero', extraDataOf(0)],
    ['shorter than 8 bytes', bytesToHex(Uint8Array.of(0x01, 0x8b, 0xcf, 0xe5, 0x6c, 0xd2))],
    ['longer than 8 bytes', `0x00${extraDataOf(genesisMs + 1_234).slice(2)}`],
    ['beyond what a clock can say', '0xffffffffffffffff'],
    ['a hash', HASH],
  ] as const)('whose extraData is %s is refused', (_, extraData) => {
    expect(headerFault({ ...child, extraData }, rules)).toMatch(/^extraData: the header says 0x/);
  });

  it('goes on with the excess of blob gas of a chain made elsewhere: it falls, unless gas costs much', () => {
    const parent = { ...child, excessBlobGas: 1_000_000n, blobGasUsed: 131_072n, baseFeePerGas: 7n };
    const next = childOf(parent, genesisMs + 3_000);
    expect(next.excessBlobGas).toBe(1_000_000n + 131_072n - 6n * 131_072n);
    expect(headerFault(next, { ...rules, parent })).toBeUndefined();
    expect(headerFault({ ...next, excessBlobGas: 0n }, { ...rules, parent })).toMatch(/^excessBlobGas: /);
    expect(childOf({ ...parent, excessBlobGas: 1n }, genesisMs + 3_000).excessBlobGas).toBe(0n);
    const costly = { ...parent, blobGasUsed: 0n, baseFeePerGas: 1_000_000_000n }; // EIP-7918
    expect(childOf(costly, genesisMs + 3_000).excessBlobGas).toBe(1_000_000n);
  });

  it('may name any fee address: whose it is, consensus judges', () => {
    const other = `0x${'ee'.repeat(20)}` as const;
    expect(headerFault({ ...child, beneficiary: other }, rules)).toBeUndefined();
  });

  it('commits to the set in force', () => {
    expect(child.parentBeaconBlockRoot).toBe(keccak256Hex(VALIDATORS));
    expect(validatorSetHash(Uint8Array.of(9))).not.toBe(child.parentBeaconBlockRoot);
    expect(headerFault(child, { ...rules, validators: Uint8Array.of(9) })).toMatch(/^parentBeaconBlockRoot: /);
  });
});

describe('the time of a block', () => {
  it('is its extraData, and of genesis, whose extraData is a hash, its seconds', () => {
    expect(timestampMsOf(child)).toBe(genesisMs + 1_234);
    expect(child.timestamp).toBe(genesis.timestamp + 1);
    expect(timestampMsOf(genesis)).toBe(genesisMs);
  });

  it('made elsewhere is its second, whatever its extraData is', () => {
    const foreign = { ...child, timestamp: 1_000 };
    for (const extraData of [
      '0x',
      '0x68697665636861696e',
      extraDataOf(999_999),
      extraDataOf(1_001_000),
      HASH,
    ] as const) {
      expect(timestampMsOf({ ...foreign, extraData })).toBe(1_000_000);
    }
    expect(timestampMsOf({ ...foreign, extraData: extraDataOf(1_000_999) })).toBe(1_000_999);
  });

  it('is above its parent, by a whole second where timestamps are strict', () => {
    const strict = { timestamps: 'strict' } as const;
    expect(timeFault(genesisMs + 1_000, genesis, strict)).toBeUndefined();
    expect(timeFault(genesisMs + 999, genesis, strict)).toBe(
      `timestamp: second ${genesis.timestamp} is not above the parent's ${genesis.timestamp} (timestamps are strict)`,
    );
    expect(timeFault(timestampMsOf(child) + 765, child, strict)).toMatch(/strict/);
    expect(timeFault(timestampMsOf(child) + 766, child, strict)).toBeUndefined();
  });

  it('may share a second where the chain says so, but not a millisecond', () => {
    const shared = { timestamps: 'shared' } as const;
    const childMs = timestampMsOf(child);
    expect(timeFault(childMs + 1, child, shared)).toBeUndefined();
    expect(timeFault(childMs, child, shared)).toBe(`extraData: ${childMs} ms is not above the parent's ${childMs} ms`);
    expect(timeFault(childMs - 1, child, shared)).toMatch(/^extraData/);
  });

  it('is judged with the header', () => {
    const early = childOf(genesis, genesisMs + 999);
    expect(headerFault(early, rules)).toMatch(/^timestamp: second/);
    expect(headerFault(early, { ...rules, spec: testSpec({ timestamps: 'shared' }) })).toBeUndefined();
  });
});

it('PREVRANDAO is drawn from the parent and the number, which is 8 bytes', () => {
  const preimage = Buffer.from(`${'ab'.repeat(32)}0000000000000007`, 'hex');
  expect(nextMixHash(HASH, 7)).toBe(keccak256Hex(preimage));
});
