import {
  type Address,
  type Block,
  bytesToHex,
  type ExecutionRules,
  type Hash,
  type Header,
  HeddleError,
  type Hex,
  isActive,
  recoverFrontierSender,
  recoverSender,
  type Transaction,
  type Withdrawal,
} from '@heddle/primitives';
import { asAddress, type JsonField } from '../files/json-field.ts';
import { type ChainConfig, executionRulesAt } from '../foreign/chain-config.ts';
import { readTransaction } from './read-transaction.ts';
import { chainUnknown, notABlock } from './replay-errors.ts';

/** A block that was made elsewhere, with its transactions decoded and their senders known. */
export interface ReplayBlock {
  /** Its ommers are not known: what shows blocks names them by their hashes alone. */
  readonly block: Block;
  /** As the file has it; undefined when it has none. */
  readonly claimedHash: Hash | undefined;
  readonly rules: ExecutionRules;
  readonly transactions: readonly SignedTransaction[];
}

/** A transaction and who sent it. */
export interface SignedTransaction {
  readonly transaction: Transaction;
  readonly sender: Address;
}

const MAX_UINT64 = (1n << 64n) - 1n;
const MAX_UINT256 = (1n << 256n) - 1n;

/**
 * The block in an answer of `eth_getBlockByNumber` with full transactions, under the rules of `config`.
 *
 * @throws HeddleError `FILE_MALFORMED`, `REPLAY_CHAIN_UNKNOWN`
 */
export function readReplayBlock(json: JsonField, config: ChainConfig): ReplayBlock {
  const header = readHeader(json);
  const rules = rulesOf(header, config);
  const transactions = json
    .field('transactions')
    .elements()
    .map((field) => signedBy(field, { config, rules }));
  const withdrawals = json.field('withdrawals');
  const hash = json.field('hash');
  return {
    block: {
      header,
      transactions: transactions.map(({ transaction }) => transaction.raw),
      withdrawals: withdrawals.isAbsent ? [] : withdrawals.elements().map(readWithdrawal),
    },
    claimedHash: hash.isAbsent ? undefined : hash.bytesOfSize(32),
    rules,
    transactions,
  };
}

/** Refuses what cannot be meant as a block; what a block lacks is said field by field. @throws HeddleError `REPLAY_NO_BLOCK` */
export function judgeBlockForm({ file, value }: JsonField): void {
  if (typeof value !== 'object' || value === null || 'parentHash' in value) return;
  const parts = Array.isArray(value) ? value.map((part) => part?.result ?? part) : [value];
  throw notABlock(file, { isPrestate: parts.length > 0 && parts.every(isListOfAccounts) });
}

function isListOfAccounts(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const keys = Object.keys(value);
  return keys.length > 0 && keys.every((key) => asAddress(key) !== undefined);
}

/** The rules of the fork that the block is of. */
function rulesOf({ number, timestamp, difficulty }: Header, config: ChainConfig): ExecutionRules {
  // As geth, by the difficulty: it is 0 since the merge, and never before.
  return executionRulesAt(config, { number, timestamp, isMerged: difficulty === 0n });
}

function signedBy(field: JsonField, { config, rules }: ReadingRules): SignedTransaction {
  const transaction = readTransaction(field);
  const { chainId } = transaction;
  if (chainId !== undefined && chainId !== BigInt(config.chainId)) throw chainUnknown(chainId, config.chainId);
  const sender = senderOf(transaction, field, rules);
  const from = field.field('from');
  if (!from.isAbsent && from.address() !== sender) throw from.malformed(`${sender}, who signed it`);
  return { transaction, sender };
}

interface ReadingRules {
  readonly config: ChainConfig;
  readonly rules: ExecutionRules;
}

function senderOf(transaction: Transaction, field: JsonField, { fork }: ExecutionRules): Address {
  try {
    return isActive(fork, 'homestead') ? recoverSender(transaction) : recoverFrontierSender(transaction); // EIP-2
  } catch (error) {
    if (!(error instanceof HeddleError)) throw error;
    throw field.malformed(`a signed transaction (${error.message})`);
  }
}

function readHeader(json: JsonField): Header {
  const word = (key: string) => json.field(key).integer(0n, MAX_UINT256);
  const hash = (key: string) => json.field(key).bytesOfSize(32);
  const later = <T>(key: string, read: (key: string) => T) => (json.field(key).isAbsent ? undefined : read(key));
  return {
    parentHash: hash('parentHash'),
    ommersHash: hash('sha3Uncles'),
    beneficiary: json.field('miner').address(),
    stateRoot: hash('stateRoot'),
    transactionsRoot: hash('transactionsRoot'),
    receiptsRoot: hash('receiptsRoot'),
    logsBloom: json.field('logsBloom').bytesOfSize(256),
    difficulty: word('difficulty'),
    number: json.field('number').number(1, Number.MAX_SAFE_INTEGER),
    gasLimit: json.field('gasLimit').integer(0n, MAX_UINT64),
    gasUsed: json.field('gasUsed').integer(0n, MAX_UINT64),
    timestamp: json.field('timestamp').number(0, Number.MAX_SAFE_INTEGER),
    extraData: bytesToHex(json.field('extraData').bytes()),
    mixHash: hash('mixHash'),
    nonce: nonceOf(json.field('nonce')),
    baseFeePerGas: later('baseFeePerGas', word),
    withdrawalsRoot: later('withdrawalsRoot', hash),
    blobGasUsed: later('blobGasUsed', word),
    excessBlobGas: later('excessBlobGas', word),
    parentBeaconBlockRoot: later('parentBeaconBlockRoot', hash),
    requestsHash: later('requestsHash', hash),
  };
}

/** Some nodes show it as a number, without leading zeros. */
function nonceOf(field: JsonField): Hex {
  return `0x${field.integer(0n, MAX_UINT64).toString(16).padStart(16, '0')}`;
}

function readWithdrawal(field: JsonField): Withdrawal {
  const number = (key: string) => field.field(key).integer(0n, MAX_UINT64);
  return {
    index: number('index'),
    validatorIndex: number('validatorIndex'),
    address: field.field('address').address(),
    amount: number('amount'),
  };
}
