// Ether that goes into one contract and comes out of it.
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

/** The slot of the vault's mapping. */
const BALANCES = 0;
const GAS = 80_000n;
/** What everybody has in the vault. */
const OWNED = 1_000n;

/** By turns somebody pays into the vault, and somebody is paid by it: nobody twice. */
export function wrappedEther(count) {
  const owners = keyAccounts('sender', count);
  const to = contractAddress('vault');
  const storage = new Map(owners.map(({ address }) => [mappingSlot(BALANCES, address), wordHash(OWNED)]));
  const vault = { ...contract(to, 'BenchVault', storage), balance: OWNED * BigInt(count) };
  const [deposit, withdrawal] = [calldata('deposit()'), calldata('withdraw(uint256)', 7n)];
  return block('wrapped-ether', {
    alloc: [...owners.map((account) => funded(account, ETHER)), vault],
    transactions: owners.map((owner, index) => {
      const act = index % 2 === 0 ? { data: deposit, value: 7n } : { data: withdrawal, value: 0n };
      return signed(owner, { to, gasLimit: GAS, ...act });
    }),
  });
}
