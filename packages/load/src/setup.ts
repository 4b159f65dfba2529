import {
  type Address,
  addressOfPublicKey,
  bytesToHex,
  concatBytes,
  hexToBytes,
  secp256k1,
  type Transaction,
} from '@heddle/primitives';
import { AbiCoder, HDNodeWallet, Mnemonic } from 'ethers';
import { type ChainFees, type LoadAccount, signLoad } from './accounts.ts';
import { ACCOUNTS_PER_TRANSACTION, endowmentGas, etherEndowment, tokenEndowment } from './endowment.ts';
import type { Endpoint } from './endpoint.ts';
import { fundsMissing, setupFailed } from './errors.ts';
import { LOAD_TOKEN_INIT_CODE } from './load-token.ts';

/** Tells how far the setup is. */
export type OnProgress = (what: string, done: number, all: number) => void;

/** What the setup spends from, and how. */
export interface Setup {
  readonly endpoint: Endpoint;
  readonly funder: LoadAccount;
  readonly fees: ChainFees;
  readonly onProgress: OnProgress;
}

const RECEIPT_TIMEOUT_MS = 60_000;
const READ_BATCH = 100;
/** Tokens of each sender: every transfer moves one base unit. */
const TOKENS = 10n ** 24n;

/** Account `index` of a BIP-39 mnemonic on Ethereum's path, as anvil and Heddle derive their prefunded accounts. */
export function mnemonicAccount(mnemonic: string, index: number): LoadAccount {
  const wallet = HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(mnemonic), `m/44'/60'/0'/0/${index}`);
  const privateKey = hexToBytes(wallet.privateKey);
  return { privateKey, address: addressOfPublicKey(secp256k1.publicKey(privateKey)) };
}

/** Gives every account at least `amountWei`; who has it already is left out. */
export async function endowWithEther(setup: Setup, accounts: readonly Address[], amountWei: bigint): Promise<void> {
  const balances = await readQuantities(setup.endpoint, 'eth_getBalance', accounts);
  const poor = accounts.filter((_, index) => (balances[index] ?? 0n) < amountWei);
  const needWei = amountWei * BigInt(poor.length);
  const haveWei = BigInt((await setup.endpoint.call('eth_getBalance', setup.funder.address, 'latest')) as string);
  if (needWei >= haveWei) throw fundsMissing(needWei, haveWei);
  await inChunks(setup, 'funding senders', poor, (chunk) => ({
    to: undefined,
    value: amountWei * BigInt(chunk.length),
    data: etherEndowment(chunk, amountWei),
  }));
}

/** Deploys OpenZeppelin's ERC-20 and gives every account tokens. */
export async function deployToken(setup: Setup, accounts: readonly Address[]): Promise<Address> {
  setup.onProgress('deploying the token', 0, 1);
  const init = AbiCoder.defaultAbiCoder().encode(['string', 'string', 'uint256'], ['Load', 'LOAD', 0n]);
  const receipt = await sendAndWait(setup, {
    to: undefined,
    value: 0n,
    data: concatBytes(hexToBytes(LOAD_TOKEN_INIT_CODE), hexToBytes(init)),
    gasLimit: 2_000_000n,
  });
  const token = receipt.contractAddress.toLowerCase() as Address;
  await inChunks(setup, 'endowing senders with tokens', accounts, (chunk) => ({
    to: token,
    value: 0n,
    data: tokenEndowment(chunk, TOKENS),
  }));
  return token;
}

/** Numbers of many accounts, in order. */
export async function readQuantities(
  endpoint: Endpoint,
  method: 'eth_getBalance' | 'eth_getTransactionCount',
  accounts: readonly Address[],
): Promise<bigint[]> {
  const values: bigint[] = [];
  for (let start = 0; start < accounts.length; start += READ_BATCH) {
    const params = accounts.slice(start, start + READ_BATCH).map((account) => [account, 'latest']);
    for (const answer of await endpoint.batch(method, params)) {
      if ('error' in answer) throw setupFailed(`${endpoint.url} refused ${method}: ${answer.error.message}`);
      values.push(BigInt(answer.result as string));
    }
  }
  return values;
}

type Body = { readonly to: Address | undefined; readonly value: bigint; readonly data: Uint8Array };

async function inChunks(
  setup: Setup,
  what: string,
  accounts: readonly Address[],
  bodyFor: (chunk: readonly Address[]) => Body,
): Promise<void> {
  for (let start = 0; start < accounts.length; start += ACCOUNTS_PER_TRANSACTION) {
    setup.onProgress(what, start, accounts.length);
    const chunk = accounts.slice(start, start + ACCOUNTS_PER_TRANSACTION);
    await sendAndWait(setup, { ...bodyFor(chunk), gasLimit: endowmentGas(chunk.length) });
  }
  setup.onProgress(what, accounts.length, accounts.length);
}

interface RawReceipt {
  readonly status: string;
  readonly contractAddress: string;
}

async function sendAndWait(setup: Setup, call: Body & { readonly gasLimit: bigint }): Promise<RawReceipt> {
  const { endpoint, funder, fees } = setup;
  const nonce = BigInt((await endpoint.call('eth_getTransactionCount', funder.address, 'pending')) as string);
  const transaction: Transaction = signLoad(funder, nonce, call, fees);
  await endpoint.call('eth_sendRawTransaction', bytesToHex(transaction.raw));
  const end = performance.now() + RECEIPT_TIMEOUT_MS;
  while (performance.now() < end) {
    const receipt = (await endpoint.call('eth_getTransactionReceipt', transaction.hash)) as RawReceipt | null;
    if (receipt?.status === '0x1') return receipt;
    if (receipt) throw setupFailed(`the setup transaction ${transaction.hash} failed on the chain`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw setupFailed(`the setup transaction ${transaction.hash} was in no block within ${RECEIPT_TIMEOUT_MS / 1_000} s`);
}
