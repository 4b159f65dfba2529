// Plain transfers of ether.
import { ETHER } from '@heddle/testkit';
import { block, feeFor, funded, keyAccounts, signed } from './workload.mjs';

const GAS = 21_000n;

/** Every sender pays an account of its own. */
export function independentTransfers(count) {
  const [senders, recipients] = [keyAccounts('sender', count), keyAccounts('recipient', count)];
  return block('transfers-independent', {
    alloc: [...senders, ...recipients].map((account) => funded(account, ETHER)),
    transactions: transfersBetween(senders, recipients),
  });
}

/** Each passes on what it has just got: nobody could pay before. */
export function chainedTransfers(count) {
  const accounts = keyAccounts('sender', count + 1);
  return block('transfers-chain', {
    alloc: accounts.map((account, index) => funded(account, feeFor(GAS) + (index === 0 ? ETHER : 0n))),
    transactions: transfersBetween(accounts.slice(0, -1), accounts.slice(1), ETHER),
  });
}

/** Everybody pays one account. */
export function transfersToOne(count) {
  const senders = keyAccounts('sender', count);
  const [recipient] = keyAccounts('recipient', 1);
  return block('transfers-one-recipient', {
    alloc: [...senders, recipient].map((account) => funded(account, ETHER)),
    transactions: transfersBetween(
      senders,
      senders.map(() => recipient),
    ),
  });
}

/** A transfer of `value` from each of `senders` to the recipient in the same place. */
export function transfersBetween(senders, recipients, value = 1n) {
  return senders.map((sender, index) => signed(sender, { to: recipients[index].address, value, gasLimit: GAS }));
}
