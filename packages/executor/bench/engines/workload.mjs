// What a workload is made of. Every side gets the same one: a state, and a block of signed transactions or one call on it.
import { readFileSync } from 'node:fs';
import { EMPTY_BYTES, hexToBytes, keccak256, keccak256Hex, signTransaction, ZERO_HASH } from '@heddle/primitives';
import { GWEI, TEST_CHAIN_ID, testAccounts, unsignedTransaction } from '@heddle/testkit';

/** What a devnet's blocks are run under by default. */
const RULES = { chainId: TEST_CHAIN_ID, fork: 'osaka', transactionGasCap: 1n << 24n, codeSizeLimit: 24_576 };
/** Loops of 100 million gas are above both: what lifts them, by side. */
const LIFTED = [
  'EIP-7825 cap of a transaction: transactionGasCap undefined (ours), maxTransactionGasLimit (stock), no --enable-tx-gas-limit (anvil)',
  'gas limit of a block: gasLimit of its environment (ours, stock), --gas-limit (anvil)',
];
const CONTRACTS = JSON.parse(readFileSync(new URL('../contracts.json', import.meta.url), 'utf8'));

/** A block of `transactions` on the state `alloc`. `isLifted`: without limits of gas. */
export function block(name, { alloc, transactions, isLifted = false }) {
  const gasLimit = transactions.reduce((sum, transaction) => sum + transaction.gasLimit, 0n);
  return {
    ...{ name, kind: 'block', alloc, rules: rules(isLifted), lifted: isLifted ? LIFTED : [] },
    environment: environment({ gasLimit }),
    transactions: transactions.map(({ raw, sender }) => ({ raw, sender })),
  };
}

/** One message on the state `alloc`, as eth_call runs it. */
export function call(name, { alloc, message, fork = 'osaka' }) {
  const gasLimit = 1n << 40n;
  return {
    ...{ name, kind: 'call', alloc, rules: { ...rules(true), fork }, lifted: LIFTED },
    environment: environment({ gasLimit, baseFeePerGas: 0n }),
    message: { gasLimit: 10_000_000_000n, gasPrice: 0n, value: 0n, ...message },
  };
}

/** A transaction with its sender, signed. */
export function signed(from, fields) {
  const unsigned = unsignedTransaction({ maxFeePerGas: 10n * GWEI, ...fields });
  return { ...signTransaction(unsigned, from.privateKey), sender: from.address, gasLimit: unsigned.gasLimit };
}

/** Wei that `gas` may cost a sender of {@link signed}. */
export function feeFor(gas) {
  return gas * 10n * GWEI;
}

/** `count` accounts with keys: the same in every run. */
export function keyAccounts(label, count) {
  return testAccounts(count, `bench ${label}`);
}

/** An account that holds `balance`. */
export function funded({ address }, balance) {
  return { address, balance, nonce: 0n, code: EMPTY_BYTES, storage: new Map() };
}

/** The contract `name` of bench/contracts.json at `address`. */
export function contract(address, name, storage = new Map()) {
  return { address, balance: 0n, nonce: 1n, code: hexToBytes(CONTRACTS[name]), storage };
}

/** The address of contract number `index` of a kind. */
export function contractAddress(kind, index = 0) {
  return keccak256Hex(Buffer.from(`bench contract ${kind} ${index}`)).slice(0, 42);
}

/** Calldata: `signature`'s selector and words (numbers, booleans or addresses). */
export function calldata(signature, ...values) {
  const selector = keccak256(Buffer.from(signature)).subarray(0, 4);
  return Buffer.concat([selector, ...values.map(word)]);
}

/** A value as 32 bytes. */
export function word(value) {
  const hex = typeof value === 'string' ? value.slice(2) : BigInt(value).toString(16);
  return Buffer.from(hex.padStart(64, '0'), 'hex');
}

/** The slot of `key` in Solidity's mapping at `slot`. */
export function mappingSlot(slot, key) {
  return keccak256Hex(Buffer.concat([word(key), word(slot)]));
}

/** 32 bytes as a hash. */
export function wordHash(value) {
  return `0x${word(value).toString('hex')}`;
}

function rules(isLifted) {
  return isLifted ? { ...RULES, transactionGasCap: undefined } : RULES;
}

function environment(fields) {
  return {
    number: 1,
    timestamp: 1_800_000_000,
    beneficiary: `0x${'fe'.repeat(20)}`,
    baseFeePerGas: GWEI,
    mixHash: ZERO_HASH,
    excessBlobGas: 0n,
    parentHash: ZERO_HASH,
    parentBeaconBlockRoot: ZERO_HASH,
    withdrawals: [],
    ...fields,
  };
}
