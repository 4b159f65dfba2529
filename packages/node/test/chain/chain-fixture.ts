import { type Database, genesisOperations, openStateTrie, type StateDiff, stateOperations } from '@heddle/executor';
import {
  type Address,
  type Block,
  bloomOfLogs,
  bytesToHex,
  CONSTANT_HEADER_FIELDS,
  EMPTY_BLOOM,
  EMPTY_CODE_HASH,
  EMPTY_REQUESTS_HASH,
  EMPTY_TRIE_ROOT,
  encodeCommitCertificate,
  encodeHeader,
  encodeStoredReceipts,
  type GenesisAccount,
  type Hash,
  type Header,
  hashHeader,
  type Receipt,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@heddle/primitives';
import { type Random, testAccounts, transfer } from '@heddle/testkit';
import { type BlockToKeep, chainOperations } from '../../src/chain/chain-operations.ts';
import type { HeadInfo } from '../../src/execution/main-boundary.ts';

const ACCOUNTS = testAccounts(4);
const CERTIFIER = testAccounts(1, 'validator')[0]?.address ?? ZERO_ADDRESS;

/** A chain whose blocks hold real transactions, and whose state is a counter: the nonce of each account that sends. */
export interface TestChain {
  readonly alloc: readonly GenesisAccount[];
  readonly blocks: readonly BlockToKeep[];
  /** Writes the next block as a node does. */
  extend(database: Database): Promise<BlockToKeep>;
}

/** A new chain; `random` draws its blocks. */
export function createTestChain(random: Random): TestChain {
  const alloc = ACCOUNTS.map(({ address }) => ({
    address,
    balance: 10n ** 18n,
    nonce: 0n,
    code: new Uint8Array(0),
    storage: new Map<Hash, Hash>([[ZERO_HASH, `0x${'00'.repeat(31)}07`]]),
  }));
  const nonces = new Map<Address, bigint>(ACCOUNTS.map(({ address }) => [address, 0n]));
  const blocks: BlockToKeep[] = [genesisBlockToKeep(genesisOperations(alloc).stateRoot)];
  return {
    alloc,
    blocks,
    async extend(database) {
      const parent = blocks.at(-1) as BlockToKeep;
      const { block, ...rest } = drawBlock(random, parent.block.header, nonces);
      const diff = countingDiff(nonces, rest.senders);
      const trie = openStateTrie(database, parent.block.header.stateRoot);
      const stateRoot = await trie.root(diff);
      const header = { ...block.header, stateRoot };
      const next: BlockToKeep = { ...rest, block: { ...block, header }, head: headOf(header) };
      await database.batch(
        [...stateOperations(database, header.number, diff), ...trie.operations(stateRoot), ...chainOperations(next)],
        { sync: true },
      );
      blocks.push(next);
      return next;
    },
  };
}

function genesisBlockToKeep(stateRoot: Hash): BlockToKeep {
  const header: Header = {
    ...CONSTANT_HEADER_FIELDS,
    parentHash: ZERO_HASH,
    beneficiary: ZERO_ADDRESS,
    stateRoot,
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: EMPTY_BLOOM,
    number: 0,
    gasLimit: 30_000_000n,
    gasUsed: 0n,
    timestamp: 1_700_000_000,
    extraData: '0x',
    mixHash: ZERO_HASH,
    baseFeePerGas: 1_000_000_000n,
    withdrawalsRoot: EMPTY_TRIE_ROOT,
    blobGasUsed: 0n,
    excessBlobGas: 0n,
    parentBeaconBlockRoot: ZERO_HASH,
    requestsHash: EMPTY_REQUESTS_HASH,
  };
  const block: Block = { header, transactions: [], withdrawals: [] };
  return { block, senders: [], receipts: encodeStoredReceipts([]), head: headOf(header) };
}

/** `nonces` as the block leaves them. */
function drawBlock(random: Random, parent: Header, nonces: Map<Address, bigint>): Omit<BlockToKeep, 'head'> {
  const drawn = Array.from({ length: random.int(0, 5) }, () => random.pick(ACCOUNTS));
  const transactions = drawn.map((account) => {
    const nonce = nonces.get(account.address) ?? 0n;
    nonces.set(account.address, nonce + 1n);
    return transfer(account, bytesToHex(random.bytes(20)), 1n, { nonce }).raw;
  });
  const receipts = drawn.map((account, index): Receipt => {
    const logs = random.chance(0.5) ? [{ address: account.address, topics: [ZERO_HASH], data: '0x1234' as const }] : [];
    const cumulativeGasUsed = 21_000n * BigInt(index + 1);
    return {
      type: 2,
      succeeded: random.chance(0.9),
      gasUsed: 21_000n,
      cumulativeGasUsed,
      logs,
      logsBloom: bloomOfLogs(logs),
      contractAddress: undefined,
    };
  });
  const header = {
    ...parent,
    parentHash: hashHeader(parent),
    number: parent.number + 1,
    timestamp: parent.timestamp + 1,
    gasUsed: 21_000n * BigInt(drawn.length),
  };
  return {
    block: { header, transactions, withdrawals: [] },
    senders: drawn.map(({ address }) => address),
    receipts: encodeStoredReceipts(receipts),
  };
}

function countingDiff(nonces: ReadonlyMap<Address, bigint>, senders: readonly Address[]): StateDiff {
  const account = (nonce: bigint) => ({
    nonce,
    balance: 10n ** 18n - nonce,
    codeHash: EMPTY_CODE_HASH,
    incarnation: 0,
  });
  const sent = (sender: Address): bigint => BigInt(senders.filter((one) => one === sender).length);
  const accounts = [...new Set(senders)].map((sender) => {
    const nonce = nonces.get(sender) ?? 0n;
    const before = { ...account(nonce - sent(sender)), slotCount: 1 };
    return [sender, { before, after: account(nonce) }] as const;
  });
  return { accounts: new Map(accounts), slots: new Map(), codes: new Map() };
}

function headOf(header: Header): HeadInfo {
  const hash = hashHeader(header);
  const { number } = header;
  const validators = Uint8Array.of(1, number & 0xff);
  const certificate = encodeCommitCertificate({
    height: number,
    round: 1,
    blockId: hash,
    signatures: [{ validator: CERTIFIER, signature: new Uint8Array(65).fill(7) }],
  });
  const decided = number === 0 ? { certificate: undefined, validators: undefined } : { certificate, validators };
  return { number, hash, header: encodeHeader(header), ...decided, nextValidators: Uint8Array.of(2, number & 0xff) };
}
