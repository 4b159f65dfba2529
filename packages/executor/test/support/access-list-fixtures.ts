import { readFileSync } from 'node:fs';
import { type Address, decodeRlp, decodeTransaction, encodeRlp, type Hash, hexToBytes } from '@heddle/primitives';
import type { BlockEnvironment } from '../../src/engine.ts';
import type { AccessLines, ChargedTransaction } from './access-list.ts';
import type { PreAccount } from './state-fixtures.ts';

/** A chain of blocks with what each accesses. */
export interface AccessListCase {
  readonly name: string;
  readonly pre: Readonly<Record<Address, PreAccount>>;
  readonly genesisHash: Hash;
  readonly blocks: readonly AccessListBlock[];
}

export interface AccessListBlock {
  /** Why it is invalid; undefined: it is not. */
  readonly exception: string | undefined;
  readonly hash: Hash;
  readonly environment: BlockEnvironment;
  /** Charged what the block of the fixture charged them. */
  readonly transactions: readonly ChargedTransaction[];
  readonly lines: AccessLines;
}

interface BlockJson {
  readonly rlp: string;
  readonly expectException?: string;
  readonly rlp_decoded?: BlockBody;
}

interface BlockBody {
  readonly blockHeader: Readonly<Record<string, string>>;
  readonly transactions: readonly { readonly sender: Address }[];
  readonly withdrawals: readonly Readonly<Record<string, string>>[];
  readonly receipts?: readonly { readonly cumulativeGasUsed: string }[];
  readonly blockAccessList: readonly AccountJson[];
}

interface AccountJson {
  readonly address: Address;
  readonly nonceChanges: readonly { readonly blockAccessIndex: string; readonly postNonce: string }[];
  readonly balanceChanges: readonly { readonly blockAccessIndex: string; readonly postBalance: string }[];
  readonly codeChanges: readonly { readonly blockAccessIndex: string; readonly newCode: string }[];
  readonly storageChanges: readonly {
    readonly slot: string;
    readonly slotChanges: readonly { readonly blockAccessIndex: string; readonly postValue: string }[];
  }[];
  readonly storageReads: readonly string[];
}

/** The cases of one file of `blockchain-bal`. */
export function readAccessListCases(file: string): AccessListCase[] {
  const tests = JSON.parse(readFileSync(file, 'utf8')) as Record<
    string,
    Pick<AccessListCase, 'pre'> & { genesisBlockHeader: { hash: Hash }; blocks: BlockJson[] }
  >;
  return Object.entries(tests).map(([name, { pre, genesisBlockHeader, blocks }]) => {
    return { name, pre, genesisHash: genesisBlockHeader.hash, blocks: blocks.map(readBlock) };
  });
}

function readBlock(json: BlockJson): AccessListBlock {
  const body = json.rlp_decoded ?? (json as unknown as BlockBody);
  const { blockHeader: header } = body;
  const quantity = (key: string) => BigInt(header[key] ?? 0);
  return {
    exception: json.expectException,
    hash: header.hash as Hash,
    environment: {
      number: Number(quantity('number')),
      timestamp: Number(quantity('timestamp')),
      beneficiary: (header.coinbase as string).toLowerCase() as Address,
      gasLimit: quantity('gasLimit'),
      baseFeePerGas: quantity('baseFeePerGas'),
      mixHash: header.mixHash as Hash,
      excessBlobGas: quantity('excessBlobGas'),
      parentHash: header.parentHash as Hash,
      parentBeaconBlockRoot: header.parentBeaconBlockRoot as Hash,
      withdrawals: body.withdrawals.map(({ index, validatorIndex, address, amount }) => ({
        index: BigInt(index as string),
        validatorIndex: BigInt(validatorIndex as string),
        address: address as Address,
        amount: BigInt(amount as string),
      })),
    },
    transactions: readTransactions(json.rlp, body),
    lines: new Set(body.blockAccessList.flatMap(linesOf)),
  };
}

function readTransactions(rlp: string, { transactions, receipts = [] }: BlockBody): ChargedTransaction[] {
  const gasAfter = (index: number) => BigInt(receipts[index]?.cumulativeGasUsed ?? 0);
  const block = decodeRlp(hexToBytes(rlp as Hash));
  const list = Array.isArray(block) ? block[1] : undefined;
  if (!Array.isArray(list)) throw new Error('a block holds a list of transactions');
  return list.map((item, index) => {
    const raw = item instanceof Uint8Array ? item : encodeRlp(item);
    const charged = gasAfter(index) - gasAfter(index - 1);
    return { transaction: decodeTransaction(raw), sender: transactions[index]?.sender as Address, charged };
  });
}

function linesOf(account: AccountJson): string[] {
  const { address } = account;
  const changed = account.storageChanges.flatMap(({ slot, slotChanges }) =>
    slotChanges.map(
      ({ blockAccessIndex, postValue }) => `slot ${BigInt(slot)} ${BigInt(blockAccessIndex)} ${BigInt(postValue)}`,
    ),
  );
  return [
    address,
    ...[
      ...account.nonceChanges.map((change) => `nonce ${BigInt(change.blockAccessIndex)} ${BigInt(change.postNonce)}`),
      ...account.balanceChanges.map(
        (change) => `balance ${BigInt(change.blockAccessIndex)} ${BigInt(change.postBalance)}`,
      ),
      ...account.codeChanges.map((change) => `code ${BigInt(change.blockAccessIndex)} ${change.newCode}`),
      ...changed,
      ...account.storageReads.map((slot) => `read ${BigInt(slot)}`),
    ].map((what) => `${address} ${what}`),
  ];
}
