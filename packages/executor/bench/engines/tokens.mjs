// Transfers of OpenZeppelin's ERC-20.
import { ETHER } from '@heddle/testkit';
import {
  block,
  calldata,
  contract,
  contractAddress,
  funded,
  keyAccounts,
  mappingSlot,
  signed,
  wordHash,
} from './workload.mjs';

/** Storage slots of OpenZeppelin 5's ERC-20. */
const BALANCES = 0;
const ALLOWANCES = 1;
const GAS = 65_000n;
/** What everybody holds who holds any. */
const TOKENS = 10n ** 24n;

/** Every sender pays an account of its own, which holds tokens already. */
export function disjointTokens(count) {
  const [senders, recipients] = [keyAccounts('sender', count), keyAccounts('recipient', count)];
  return block('erc20-disjoint', {
    alloc: [...senders.map((account) => funded(account, ETHER)), benchToken([...senders, ...recipients])],
    transactions: tokenTransfers(senders, recipients),
  });
}

/** Everybody pays one account. */
export function tokensToOne(count) {
  const senders = keyAccounts('sender', count);
  const [recipient] = keyAccounts('recipient', 1);
  return block('erc20-hot-recipient', {
    alloc: [...senders.map((account) => funded(account, ETHER)), benchToken([...senders, recipient])],
    transactions: tokenTransfers(
      senders,
      senders.map(() => recipient),
    ),
  });
}

/** Each passes on the tokens it has just got. */
export function chainedTokens(count) {
  const accounts = keyAccounts('sender', count + 1);
  return block('erc20-chain', {
    alloc: [...accounts.map((account) => funded(account, ETHER)), benchToken(accounts.slice(0, 1))],
    transactions: tokenTransfers(accounts.slice(0, -1), accounts.slice(1), TOKENS),
  });
}

/** A token that `holders` have, and whose `spenders` (address pairs: owner, spender) may take all of it. */
export function benchToken(holders, { index = 0, spenders = [], balances = [] } = {}) {
  const storage = new Map(holders.map(({ address }) => [mappingSlot(BALANCES, address), wordHash(TOKENS)]));
  for (const [address, balance] of balances) storage.set(mappingSlot(BALANCES, address), wordHash(balance));
  for (const [owner, spender] of spenders) {
    storage.set(mappingSlot(mappingSlot(ALLOWANCES, owner), spender), `0x${'ff'.repeat(32)}`);
  }
  return contract(contractAddress('token', index), 'BenchToken', storage);
}

/** A transfer of `value` tokens from each of `senders` to the recipient in the same place. */
export function tokenTransfers(senders, recipients, value = 1n) {
  const to = contractAddress('token');
  return senders.map((sender, index) => {
    const data = calldata('transfer(address,uint256)', recipients[index].address, value);
    return signed(sender, { to, value: 0n, gasLimit: GAS, data });
  });
}
