import { decodeStoredReceipts, type GenesisAccount, keccak256Hex } from '@heddle/primitives';
import type { BlockResult } from '../../src/executor-api.ts';
import type { OracleBlock } from './oracle.ts';

/** What is compared besides receipts, gas, and every account and slot that changed. */
export interface Comparison {
  /** Accounts of the genesis that did not change are looked at too. */
  readonly alloc?: readonly GenesisAccount[];
  readonly withStateRoot?: boolean;
}

/** Where `result` differs from stock execution. */
export async function differenceFromOracle(
  result: BlockResult,
  oracle: OracleBlock,
  { alloc = [], withStateRoot = false }: Comparison = {},
): Promise<string[]> {
  const differences: string[] = [];
  const check = (what: string, ours: unknown, theirs: unknown) => {
    const [left, right] = [show(ours), show(theirs)];
    if (left !== right) differences.push(`${what}: ${left} instead of ${right}`);
  };
  check('transactions', result.transactions.length, oracle.taken.length);
  check('gas used', result.gasUsed, oracle.gasUsed);
  check('requests', result.requestsHash, oracle.requestsHash);
  const receipts = decodeStoredReceipts(result.receipts);
  for (const [index, receipt] of oracle.receipts.entries()) {
    const ours = receipts[index];
    check(`receipt ${index} succeeded`, ours?.succeeded, receipt.succeeded);
    check(`receipt ${index} gas`, ours?.gasUsed, receipt.gasUsed);
    check(`receipt ${index} logs`, ours?.logs, receipt.logs);
    check(`receipt ${index} bloom`, ours?.logsBloom, receipt.bloom);
  }
  for (const [address, { after }] of result.diff.accounts) {
    const { nonce, balance, codeHash } = after ?? {};
    const theirs = await oracle.account(address);
    check(`account ${address}`, after && { nonce, balance, codeHash }, theirs);
  }
  for (const { address, nonce, balance, code } of alloc) {
    if (result.diff.accounts.has(address)) continue;
    const codeHash = keccak256Hex(code);
    check(`unchanged account ${address}`, { nonce, balance, codeHash }, await oracle.account(address));
  }
  for (const [address, slots] of result.diff.slots) {
    for (const [slot, { after }] of slots) {
      check(`slot ${address} ${slot}`, `0x${Buffer.from(after).toString('hex')}`, await oracle.slot(address, slot));
    }
  }
  if (withStateRoot) check('state root', result.stateRoot, await oracle.stateRoot());
  return differences;
}

function show(value: unknown): string {
  return JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? `${inner}n` : inner)) ?? 'nothing';
}
