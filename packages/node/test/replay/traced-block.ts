import {
  type BlockEnvironment,
  createEthereumjsEngine,
  createPlainState,
  type Engine,
  executePlainly,
  genesisOperations,
  headState,
  orderedTrieRoot,
  type StateAccess,
} from '@heddle/executor';
import {
  type Address,
  assert,
  bytesToHex,
  CONSTANT_HEADER_FIELDS,
  decodeStoredReceipts,
  EMPTY_BYTES,
  EMPTY_TRIE_ROOT,
  encodeReceipt,
  type GenesisAccount,
  type Hash,
  type Header,
  hashHeader,
  keccak256Hex,
  type Transaction,
  toQuantity,
  ZERO_HASH,
} from '@heddle/primitives';
import { JsonField } from '../../src/files/json-field.ts';
import { executionRulesAt } from '../../src/foreign/chain-config.ts';
import { readChainConfig } from '../../src/foreign/read-chain-config.ts';

/** JSON as a node answers it. */
export type Json = { [key: string]: Json } | readonly Json[] | string | number | null;

/** A block, and what geth's prestateTracer says of its transactions. */
export interface TracedBlock {
  /** As `eth_getBlockByNumber` shows it. */
  readonly block: Record<string, Json>;
  /** As `debug_traceBlockByNumber` answers. */
  readonly trace: readonly { readonly txHash: Hash; readonly result: Record<string, Json> }[];
}

/** The chain of all blocks that are made here. */
export const GENESIS = {
  config: {
    chainId: 31337,
    ...{ homesteadBlock: 0, eip150Block: 0, eip155Block: 0, eip158Block: 0, byzantiumBlock: 0, constantinopleBlock: 0 },
    ...{ petersburgBlock: 0, istanbulBlock: 0, berlinBlock: 0, londonBlock: 0 },
    ...{ terminalTotalDifficulty: 0, shanghaiTime: 0, cancunTime: 0 },
  },
};

/** The number of all blocks that are made here. */
export const NUMBER = 100;

const ENVIRONMENT: BlockEnvironment = {
  number: NUMBER,
  timestamp: 1_700_000_000,
  beneficiary: `0x${'fe'.repeat(20)}`,
  gasLimit: 30_000_000n,
  baseFeePerGas: 1_000_000_000n,
  mixHash: keccak256Hex(Buffer.from('mix')),
  excessBlobGas: 0n,
  parentHash: keccak256Hex(Buffer.from('parent')),
  parentBeaconBlockRoot: ZERO_HASH,
  withdrawals: [],
};

/** A genesis account with some ether, changed by `fields`. */
export function account(address: Address, fields: Partial<GenesisAccount> = {}): GenesisAccount {
  return { address, balance: 10n ** 18n, nonce: 0n, code: EMPTY_BYTES, storage: new Map(), ...fields };
}

/** Runs `transactions` on `alloc` and shows the block and its trace as a node would. */
export async function traceBlock(
  alloc: readonly GenesisAccount[],
  signed: readonly { readonly transaction: Transaction; readonly sender: Address }[],
  hashes: ReadonlyMap<number, Hash> = new Map(),
): Promise<TracedBlock> {
  const config = readChainConfig(new JsonField('genesis', '', GENESIS).field('config'));
  const rules = executionRulesAt(config, { number: NUMBER, timestamp: ENVIRONMENT.timestamp, isMerged: true });
  const records = new Map<string, Uint8Array>();
  for (const operation of genesisOperations(alloc).operations) {
    if (operation.type === 'put') records.set(bytesToHex(operation.key), operation.value);
  }
  const reader = headState({ getSync: (key) => records.get(bytesToHex(key)) });
  const traces: Record<string, Json>[] = [];
  const engine = traced(await createEthereumjsEngine(rules), traces);
  const state = createPlainState(reader, (number) => hashes.get(number), rules.fork);
  const outcome = await executePlainly(engine, { environment: ENVIRONMENT, transactions: signed }, state);
  assert(outcome.status === 'executed', 'the block can be made');
  const transactions = signed.map(({ transaction }) => transaction);
  const header: Header = {
    ...CONSTANT_HEADER_FIELDS,
    ...ENVIRONMENT,
    stateRoot: keccak256Hex(Buffer.from('a state that nobody can check')),
    transactionsRoot: orderedTrieRoot(transactions.map(({ raw }) => raw)),
    receiptsRoot: orderedTrieRoot(decodeStoredReceipts(outcome.receipts).map(encodeReceipt)),
    logsBloom: outcome.logsBloom,
    gasUsed: outcome.gasUsed,
    extraData: '0x',
    withdrawalsRoot: EMPTY_TRIE_ROOT,
    blobGasUsed: 0n,
    requestsHash: undefined,
  };
  const trace = traces.map((result, index) => ({ txHash: (transactions[index] as Transaction).hash, result }));
  return { block: shownBlock(header, transactions), trace };
}

/** What geth's prestateTracer names: all that a transaction reads, as it was before it, unless it is empty. */
function traced(engine: Engine, traces: Record<string, Json>[]): Engine {
  return {
    name: engine.name,
    beginBlock: (environment) => engine.beginBlock(environment),
    runBlockStart: (state) => engine.runBlockStart(state),
    runBlockEnd: (state, logsOf) => engine.runBlockEnd(state, logsOf),
    runCall: (...call) => engine.runCall(...call),
    runTransaction(prepared, state, control) {
      const trace: Record<string, { [key: string]: Json; storage: Record<string, Json> }> = {};
      traces.push(trace);
      const readAccount: StateAccess['readAccount'] = (address) => {
        const found = state.readAccount(address);
        if (found === undefined) return undefined;
        const { balance, nonce, codeHash } = found;
        const code = bytesToHex(state.readCode(codeHash));
        trace[address] ??= { balance: toQuantity(balance), nonce: Number(nonce), code, storage: {} };
        return found;
      };
      const watched: StateAccess = {
        readAccount,
        readSender: readAccount,
        readSlot(address, slot) {
          const value = state.readSlot(address, slot);
          const known = trace[address];
          if (known) known.storage[slot] = bytesToHex(value);
          return value;
        },
        hasStorage: (address) => state.hasStorage(address),
        readCode: (codeHash) => state.readCode(codeHash),
        readBlockHash: (number) => state.readBlockHash(number),
      };
      return engine.runTransaction(prepared, watched, control);
    },
  };
}

function shownBlock(header: Header, transactions: readonly Transaction[]): Record<string, Json> {
  const { ommersHash, beneficiary, number, timestamp, ...fields } = header;
  const shown = Object.entries(fields)
    .filter(([key, value]) => key in HEADER_FIELDS && value !== undefined)
    .map(([key, value]): [string, Json] => [key, typeof value === 'bigint' ? toQuantity(value) : String(value)]);
  return {
    ...Object.fromEntries(shown),
    hash: hashHeader(header),
    sha3Uncles: ommersHash,
    miner: beneficiary,
    number: toQuantity(number),
    timestamp: toQuantity(timestamp),
    transactions: transactions.map(shownTransaction),
    withdrawals: [],
    uncles: [],
  };
}

const HEADER_FIELDS: Readonly<Record<string, true>> = Object.fromEntries(
  [
    ...[
      'parentHash',
      'stateRoot',
      'transactionsRoot',
      'receiptsRoot',
      'logsBloom',
      'difficulty',
      'gasLimit',
      'gasUsed',
    ],
    ...['extraData', 'mixHash', 'nonce', 'baseFeePerGas', 'withdrawalsRoot', 'blobGasUsed', 'excessBlobGas'],
    'parentBeaconBlockRoot',
  ].map((key) => [key, true]),
);

/** A transaction as `eth_getBlockByNumber` shows it. */
export function shownTransaction(transaction: Transaction): Record<string, Json> {
  const { type, chainId, yParity } = transaction;
  const v = type !== 0 ? BigInt(yParity) : BigInt(yParity) + (chainId === undefined ? 27n : chainId * 2n + 35n);
  return {
    hash: transaction.hash,
    type: toQuantity(type),
    ...(chainId !== undefined && { chainId: toQuantity(chainId) }),
    nonce: toQuantity(transaction.nonce),
    gas: toQuantity(transaction.gasLimit),
    gasPrice: toQuantity(transaction.maxFeePerGas),
    ...(type >= 2 && { maxFeePerGas: toQuantity(transaction.maxFeePerGas) }),
    ...(type >= 2 && { maxPriorityFeePerGas: toQuantity(transaction.maxPriorityFeePerGas) }),
    to: transaction.to ?? null,
    value: toQuantity(transaction.value),
    input: bytesToHex(transaction.data),
    ...(type >= 1 && { accessList: transaction.accessList.map((entry) => ({ ...entry })) }),
    ...(type === 3 && { maxFeePerBlobGas: toQuantity(transaction.maxFeePerBlobGas) }),
    ...(type === 3 && { blobVersionedHashes: [...transaction.blobVersionedHashes] }),
    ...(type === 4 && { authorizationList: transaction.authorizationList.map(shownAuthorization) }),
    v: toQuantity(v),
    r: toQuantity(transaction.r),
    s: toQuantity(transaction.s),
  };
}

function shownAuthorization(authorization: Transaction['authorizationList'][number]): Record<string, Json> {
  const { address, ...numbers } = authorization;
  return {
    address,
    ...Object.fromEntries(Object.entries(numbers).map(([key, value]) => [key, toQuantity(value)])),
  };
}
