import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  bigIntToBytes,
  bytesToHex,
  decodeRlp,
  EMPTY_BLOOM,
  EMPTY_BYTES,
  EMPTY_LIST_HASH,
  EMPTY_TRIE_ROOT,
  encodeRlp,
  type GenesisAccount,
  type Hash,
  type Hex,
  hexToBytes,
  keccak256Hex,
  padBytes,
  type RlpItem,
  ZERO_NONCE,
} from '@heddle/primitives';
import { fixtureFolder } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { genesisOperations } from '../../src/state/genesis-state.ts';
import { headState } from '../../src/state/state-reader.ts';
import { orderedTrieRoot } from '../../src/trie/ordered-trie-root.ts';

const folder = fixtureFolder('rpc');

interface GethGenesis {
  readonly [field: string]: Hex;
}

interface GethAccount {
  readonly balance: Hex;
  readonly nonce?: Hex;
  readonly code?: Hex;
  readonly storage?: Record<Hash, Hash>;
}

function readGethChain() {
  const file = (name: string) => readFileSync(join(folder ?? '', 'geth-chain', name));
  const { alloc, ...genesis } = JSON.parse(file('genesis.json').toString()) as GethGenesis & {
    alloc: Record<string, GethAccount>;
  };
  return {
    genesis: genesis as GethGenesis,
    alloc: Object.entries(alloc).map(genesisAccount),
    blocks: blocksOf(file('chain.rlp')),
  };
}

function genesisAccount([address, account]: readonly [string, GethAccount]): GenesisAccount {
  const storage = Object.entries(account.storage ?? {}).map(([slot, value]) => [word(slot), word(value)] as const);
  return {
    address: `0x${address}`,
    balance: BigInt(account.balance),
    nonce: BigInt(account.nonce ?? 0),
    code: account.code ? hexToBytes(account.code) : EMPTY_BYTES,
    storage: new Map(storage),
  };
}

const word = (hex: string): Hash => bytesToHex(padBytes(hexToBytes(hex), 32));

/** Geth's export: one block's RLP after another. */
function blocksOf(bytes: Uint8Array): RlpItem[][] {
  const blocks: RlpItem[][] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const first = bytes[offset] ?? 0;
    const sizeOfSize = first > 0xf7 ? first - 0xf7 : 0;
    const size =
      sizeOfSize === 0 ? first - 0xc0 : Number(bytesToHex(bytes.subarray(offset + 1, offset + 1 + sizeOfSize)));
    const end = offset + 1 + sizeOfSize + size;
    blocks.push(decodeRlp(new Uint8Array(bytes.subarray(offset, end))) as RlpItem[]);
    offset = end;
  }
  return blocks;
}

describe.skipIf(folder === undefined)('a genesis state that geth made', () => {
  const { genesis, alloc, blocks } = folder === undefined ? { genesis: {}, alloc: [], blocks: [] } : readGethChain();

  it('has geth’s root: the hash of its header is the parent of block 1', () => {
    const { stateRoot } = genesisOperations(alloc);
    const field = (name: string) => hexToBytes(genesis[name] as Hex);
    const quantity = (name: string) => bigIntToBytes(BigInt(genesis[name] as Hex));
    const header = [
      field('parentHash'),
      hexToBytes(EMPTY_LIST_HASH),
      field('coinbase'),
      hexToBytes(stateRoot),
      hexToBytes(EMPTY_TRIE_ROOT),
      hexToBytes(EMPTY_TRIE_ROOT),
      hexToBytes(EMPTY_BLOOM),
      quantity('difficulty'),
      EMPTY_BYTES,
      quantity('gasLimit'),
      EMPTY_BYTES,
      quantity('timestamp'),
      field('extraData'),
      field('mixHash'),
      hexToBytes(ZERO_NONCE),
      quantity('baseFeePerGas'),
      hexToBytes(EMPTY_TRIE_ROOT), // of withdrawals: this chain begins at Shanghai
    ];
    const [firstHeader] = (blocks[0] ?? []) as Uint8Array[][];
    expect(keccak256Hex(encodeRlp(header))).toBe(bytesToHex(firstHeader?.[0] ?? EMPTY_BYTES));
  });

  it('reads as the file says', () => {
    const { operations } = genesisOperations(alloc);
    const records = new Map(operations.map((one) => [bytesToHex(one.key), one.type === 'put' ? one.value : undefined]));
    const state = headState({ getSync: (key) => records.get(bytesToHex(key)) });
    for (const { address, balance, nonce, code, storage } of alloc) {
      const account = state.account(address);
      expect(account).toMatchObject({ balance, nonce, incarnation: 0, slotCount: storage.size });
      if (account) expect(bytesToHex(state.code(account.codeHash))).toBe(bytesToHex(code));
      for (const [slot, value] of storage) expect(bytesToHex(state.slot(address, 0, slot))).toBe(value);
    }
  });

  it('is followed by blocks whose transactions and withdrawals have the roots in their headers', async () => {
    expect(blocks.length).toBeGreaterThan(20);
    for (const [header, transactions, , withdrawals] of blocks as readonly RlpItem[][][]) {
      const raws = (transactions ?? []).map((item) => (item instanceof Uint8Array ? item : encodeRlp(item)));
      expect(orderedTrieRoot(raws)).toBe(bytesToHex(header?.[4] as Uint8Array));
      if (withdrawals === undefined) continue;
      expect(orderedTrieRoot(withdrawals.map(encodeRlp))).toBe(bytesToHex(header?.[16] as Uint8Array));
    }
  });

  it('has geth’s root with the 194 accounts that these blocks come to', () => {
    const state = JSON.parse(readFileSync(join(folder ?? '', 'geth-chain', 'headstate.json')).toString()) as {
      root: string;
      accounts: Record<string, { balance: string; nonce: number; code?: Hex; storage?: Record<string, string> }>;
    };
    const accounts = Object.entries(state.accounts).map(
      ([address, { balance, nonce, code, storage }]): GenesisAccount => {
        const slots = Object.entries(storage ?? {}).map(([slot, value]) => [word(slot), word(`0x${value}`)] as const);
        return {
          address: address.toLowerCase() as Hex,
          balance: BigInt(balance),
          nonce: BigInt(nonce),
          code: code ? hexToBytes(code) : EMPTY_BYTES,
          storage: new Map(slots),
        };
      },
    );
    expect(accounts).toHaveLength(194);
    expect(genesisOperations(accounts).stateRoot).toBe(`0x${state.root}`);
  });
});
