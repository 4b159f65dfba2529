import type { Block } from '@ethereumjs/block';
import { type Address, hexToBytes, SYSTEM_ADDRESS } from '@heddle/primitives';
import { SYSTEM_CALL_GAS, type SystemOperations } from '../system-calls.ts';
import { Account, Address as EvmAddress } from './ethereumjs.ts';
import type { EvmMachine } from './evm-machine.ts';
import { haltReason } from './halt-reason.ts';
import type { TransactionState } from './transaction-state.ts';

/** What system operations run on. The state has begun a run of its own for them. */
export interface SystemMachine {
  readonly machine: EvmMachine;
  readonly state: TransactionState;
  readonly block: Block;
}

/** What a block's start and end do, on an EVM of `@ethereumjs`. */
export function systemOperations({ machine, state, block }: SystemMachine): SystemOperations {
  const { evm } = machine;
  const accountAt = async (address: EvmAddress) => (await state.getAccount(address)) ?? new Account();
  return {
    async pay(payments) {
      for (const { address, amount } of payments) {
        const recipient = toEvmAddress(address);
        const account = await accountAt(recipient);
        account.balance += amount;
        await evm.journal.putAccount(recipient, account);
      }
      await evm.journal.cleanup();
    },
    async sweep(accounts, recipient) {
      let total = 0n;
      for (const address of accounts.map(toEvmAddress)) {
        const account = await accountAt(address);
        total += account.balance;
        account.balance = 0n;
        await state.putAccount(address, account);
      }
      const refund = await accountAt(toEvmAddress(recipient));
      refund.balance += total;
      await state.putAccount(toEvmAddress(recipient), refund);
    },
    async call(contract, data) {
      const to = toEvmAddress(contract);
      if ((await state.getCodeSize(to)) === 0) return undefined;
      const { execResult } = await evm.runCall({
        block,
        caller: toEvmAddress(SYSTEM_ADDRESS),
        to,
        data,
        gasLimit: SYSTEM_CALL_GAS,
        skipNonceIncrement: true,
      });
      await evm.journal.cleanup();
      return { returnData: execResult.returnValue, haltReason: haltReason(execResult) };
    },
  };
}

function toEvmAddress(address: Address): EvmAddress {
  return new EvmAddress(hexToBytes(address));
}
