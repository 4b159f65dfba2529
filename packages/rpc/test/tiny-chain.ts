import {
  type Address,
  bloomOfLogs,
  bytesToHex,
  CONSTANT_HEADER_FIELDS,
  type CommitCertificate,
  createAddress,
  EMPTY_CODE_HASH,
  EMPTY_REQUESTS_HASH,
  EMPTY_TRIE_ROOT,
  type Hash,
  type Header,
  HeddleError,
  hashHeader,
  keccak256Hex,
  type Log,
  nextBaseFee,
  type Receipt,
  recoverSender,
  type Transaction,
  uniteBlooms,
  type Withdrawal,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@heddle/primitives';
import type { AccountView, ChainPort, ChainView, StoredBlock } from '../src/ports.ts';

/** What a block of the tiny chain holds beyond its transactions. There is no EVM: tests say what each one did. */
export interface TinyBlock {
  readonly transactions?: readonly Transaction[];
  /** By index; default: 21,000 gas, success, no logs. */
  readonly outcomes?: Readonly<Record<number, { gasUsed?: bigint; succeeded?: boolean; logs?: readonly Log[] }>>;
  readonly withdrawals?: readonly Withdrawal[];
  readonly code?: Readonly<Record<Address, Uint8Array>>;
  readonly slots?: Readonly<Record<Address, Readonly<Record<Hash, Hash>>>>;
}

/** A chain in memory whose blocks, hashes, blooms and nonces are real. */
export interface TinyChain extends ChainPort {
  readonly headNumber: number;
  /** Views that nobody closed. */
  readonly openViewCount: number;
  add(block?: TinyBlock): StoredBlock;
  at(number: number): StoredBlock;
  /** The state of blocks below `number` is gone from now on. */
  pruneBelow(number: number): void;
}

interface Entry {
  readonly stored: StoredBlock;
  readonly receipts: readonly Receipt[];
  readonly senders: readonly Address[];
  readonly accounts: ReadonlyMap<Address, AccountView>;
  readonly slots: ReadonlyMap<string, Hash>;
}

/** EIP-1559 as on mainnet. */
export const TINY_FEE_RULES = { elasticity: 2, baseFeeDenominator: 8 } as const;
/** `timestamp` of the genesis block; one second a block. */
export const TINY_GENESIS_TIME = 1_800_000_000;

/** A chain of one block in which `balances` hold. */
export function createTinyChain(balances: ReadonlyMap<Address, bigint>): TinyChain {
  const entries: Entry[] = [];
  const codes = new Map<Hash, Uint8Array>();
  const listeners = new Set<Parameters<ChainPort['onHead']>[0]>();
  let openViewCount = 0;
  let prunedBelow = 0;

  const accounts = new Map<Address, AccountView>();
  for (const [address, balance] of balances) accounts.set(address, { nonce: 0n, balance, codeHash: EMPTY_CODE_HASH });
  entries.push(seal(genesisHeader(), { transactions: [], withdrawals: [] }, [], [], accounts, new Map()));

  const chain: TinyChain = {
    get headNumber() {
      return entries.length - 1;
    },
    get openViewCount() {
      return openViewCount;
    },
    at: (number) => entryAt(entries, number).stored,
    pruneBelow(number) {
      prunedBelow = number;
    },
    add(block = {}) {
      const entry = nextEntry(entryAt(entries, entries.length - 1), block, codes);
      entries.push(entry);
      for (const listener of [...listeners]) listener({ ...entry.stored, receipts: entry.receipts });
      return entry.stored;
    },
    onHead(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    view() {
      openViewCount++;
      return openView(entries.slice(), codes, {
        prunedBelow: () => prunedBelow,
        onClose: () => {
          openViewCount--;
        },
      });
    },
  };
  return chain;
}

function openView(
  entries: readonly Entry[],
  codes: ReadonlyMap<Hash, Uint8Array>,
  { prunedBelow, onClose }: { readonly prunedBelow: () => number; readonly onClose: () => void },
): ChainView {
  const headNumber = entries.length - 1;
  let isOpen = true;
  const find = (number: number): Entry | undefined => {
    if (!isOpen) throw new HeddleError('VIEW_CLOSED', 'the view is closed');
    return entries[number];
  };
  const stateOf = (number: number): Entry => {
    if (number < prunedBelow()) throw new HeddleError('STATE_PRUNED', `the state of block ${number} is gone`);
    return entryAt(entries, number);
  };
  return {
    headNumber,
    headHash: entryAt(entries, headNumber).stored.hash,
    blockByNumber: (number) => find(number)?.stored,
    blockByHash: (hash) => entries.find(({ stored }) => stored.hash === hash)?.stored,
    headerByNumber(number) {
      const stored = find(number)?.stored;
      return stored && { hash: stored.hash, header: stored.block.header };
    },
    receipts: (number) => find(number)?.receipts,
    senders: (number) => find(number)?.senders,
    transactionPlace(hash) {
      for (const [blockNumber, { stored }] of entries.entries()) {
        const index = stored.block.transactions.findIndex((raw) => keccak256Hex(raw) === hash);
        if (index >= 0) return { blockNumber, index };
      }
      return undefined;
    },
    certificate: (number) => (number === 0 ? undefined : certificateOf(find(number)?.stored)),
    account: (address, number) => stateOf(number).accounts.get(address),
    code: (codeHash) => codes.get(codeHash) ?? new Uint8Array(0),
    slot: (address, slot, number) =>
      Buffer.from((stateOf(number).slots.get(`${address}/${slot}`) ?? ZERO_HASH).slice(2), 'hex'),
    close() {
      if (!isOpen) throw new HeddleError('VIEW_CLOSED', 'the view was closed twice');
      isOpen = false;
      onClose();
    },
  };
}

function nextEntry(parent: Entry, block: TinyBlock, codes: Map<Hash, Uint8Array>): Entry {
  const { transactions = [], outcomes = {}, withdrawals = [] } = block;
  const accounts = new Map(parent.accounts);
  const slots = new Map(parent.slots);
  const senders = transactions.map(recoverSender);
  let cumulativeGasUsed = 0n;
  const receipts = transactions.map((transaction, index): Receipt => {
    const { gasUsed = 21_000n, succeeded = true, logs = [] } = outcomes[index] ?? {};
    cumulativeGasUsed += gasUsed;
    const sender = senders[index] ?? ZERO_ADDRESS;
    move(accounts, sender, transaction);
    const contractAddress = transaction.to === undefined ? createAddress(sender, transaction.nonce) : undefined;
    const logsBloom = bloomOfLogs(logs);
    return { type: transaction.type, succeeded, gasUsed, cumulativeGasUsed, logs, logsBloom, contractAddress };
  });
  for (const [address, code] of Object.entries(block.code ?? {}) as [Address, Uint8Array][]) {
    codes.set(keccak256Hex(code), code);
    accounts.set(address, { nonce: 1n, balance: 0n, codeHash: keccak256Hex(code) });
  }
  for (const [address, values] of Object.entries(block.slots ?? {})) {
    for (const [slot, value] of Object.entries(values)) slots.set(`${address}/${slot}`, value);
  }
  const { hash: parentHash, block: parentBlock } = parent.stored;
  const header: Header = {
    ...parentBlock.header,
    parentHash,
    number: parentBlock.header.number + 1,
    timestamp: parentBlock.header.timestamp + 1,
    gasUsed: cumulativeGasUsed,
    baseFeePerGas: nextBaseFee(parentBlock.header, TINY_FEE_RULES),
    logsBloom: uniteBlooms(receipts.map(({ logsBloom }) => logsBloom)),
    stateRoot: keccak256Hex(Buffer.from(`state ${parentBlock.header.number + 1}`)),
  };
  const body = { transactions: transactions.map(({ raw }) => raw), withdrawals };
  return seal(header, body, receipts, senders, accounts, slots);
}

function seal(
  header: Header,
  body: { readonly transactions: readonly Uint8Array[]; readonly withdrawals: readonly Withdrawal[] },
  receipts: readonly Receipt[],
  senders: readonly Address[],
  accounts: ReadonlyMap<Address, AccountView>,
  slots: ReadonlyMap<string, Hash>,
): Entry {
  return { stored: { hash: hashHeader(header), block: { header, ...body } }, receipts, senders, accounts, slots };
}

function move(accounts: Map<Address, AccountView>, sender: Address, { to, value }: Transaction): void {
  const from = accounts.get(sender) ?? { nonce: 0n, balance: 0n, codeHash: EMPTY_CODE_HASH };
  accounts.set(sender, { ...from, nonce: from.nonce + 1n, balance: from.balance - value });
  if (to === undefined) return;
  const target = accounts.get(to) ?? { nonce: 0n, balance: 0n, codeHash: EMPTY_CODE_HASH };
  accounts.set(to, { ...target, balance: target.balance + value });
}

function genesisHeader(): Header {
  return {
    ...CONSTANT_HEADER_FIELDS,
    parentHash: ZERO_HASH,
    beneficiary: ZERO_ADDRESS,
    stateRoot: keccak256Hex(Buffer.from('state 0')),
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: bloomOfLogs([]),
    number: 0,
    gasLimit: 30_000_000n,
    gasUsed: 0n,
    timestamp: TINY_GENESIS_TIME,
    extraData: '0x',
    mixHash: ZERO_HASH,
    baseFeePerGas: 1_000_000_000n,
    withdrawalsRoot: EMPTY_TRIE_ROOT,
    blobGasUsed: 0n,
    excessBlobGas: 0n,
    parentBeaconBlockRoot: ZERO_HASH,
    requestsHash: EMPTY_REQUESTS_HASH,
  };
}

function certificateOf(stored: StoredBlock | undefined): CommitCertificate | undefined {
  if (stored === undefined) return undefined;
  const signatures = [1, 2, 3].map((validator) => ({
    validator: bytesToHex(new Uint8Array(20).fill(validator)),
    signature: new Uint8Array(65).fill(validator),
  }));
  return { height: stored.block.header.number, round: 0, blockId: stored.hash, signatures };
}

function entryAt(entries: readonly Entry[], number: number): Entry {
  const entry = entries[number];
  if (entry === undefined) throw new HeddleError('NO_SUCH_BLOCK', `the tiny chain has no block ${number}`);
  return entry;
}
