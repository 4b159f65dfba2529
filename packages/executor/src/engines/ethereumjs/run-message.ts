import type { Block } from '@ethereumjs/block';
import { createAddress, type ExecutionRules, hexToBytes, intrinsicGas, isActive } from '@heddle/primitives';
import type { CallMessage, RunOutcome } from '../../engine.ts';
import { asTransaction, findCallInvalidity } from '../validity.ts';
import { Account, Address as EvmAddress } from './ethereumjs.ts';
import type { EvmMachine } from './evm-machine.ts';
import { haltReason } from './halt-reason.ts';
import { NO_WRITES, toLogs } from './outcome.ts';
import type { TransactionState } from './transaction-state.ts';

/** What a call runs on. */
export interface MessageContext {
  readonly rules: ExecutionRules;
  readonly machine: EvmMachine;
  readonly state: TransactionState;
  readonly block: Block;
}

/**
 * Runs `message` as `eth_call` does: intrinsic gas, warm addresses, nonce step and refund as in a transaction, no fee.
 * The sender must own the value it sends.
 */
export async function runMessage(message: CallMessage, context: MessageContext): Promise<RunOutcome> {
  const { machine, state, block, rules } = context;
  const caller = new EvmAddress(hexToBytes(message.from));
  const to = message.to === undefined ? undefined : new EvmAddress(hexToBytes(message.to));
  const gas = intrinsicGas(asTransaction(message), rules.fork);
  const account = await state.getAccount(caller);
  const nonce = account?.nonce ?? 0n;
  const refused = findCallInvalidity(message, account?.balance ?? 0n, rules);
  if (refused !== undefined) return { status: 'invalid', reason: refused };
  warmAddresses(message, context);
  const stepped = account ?? new Account();
  stepped.nonce++;
  await machine.evm.journal.putAccount(caller, stepped); // before authorizations, as in a transaction
  const { execResult } = await machine.evm.runCall({
    block,
    caller,
    ...(to && { to }),
    value: message.value,
    data: message.data,
    gasPrice: message.gasPrice,
    gasLimit: message.gasLimit - gas.intrinsic,
    skipNonceIncrement: true,
  });
  machine.evm.journal.cleanJournal();
  const spent = gas.intrinsic + execResult.executionGasUsed;
  const refundable = spent / machine.vm.common.param('maxRefundQuotient');
  const refund = execResult.gasRefund ?? 0n;
  const gasUsed = spent - (refund < refundable ? refund : refundable);
  return {
    status: 'executed',
    succeeded: execResult.exceptionError === undefined,
    gasUsed: gasUsed < gas.floor ? gas.floor : gasUsed,
    logs: toLogs(execResult.logs),
    contractAddress: to === undefined ? createAddress(message.from, nonce) : undefined,
    returnData: execResult.returnValue,
    haltReason: haltReason(execResult),
    feeCredit: 0n,
    writes: NO_WRITES,
  };
}

/** EIP-2929, EIP-2930 and EIP-3651. */
function warmAddresses({ from, to, accessList = [] }: CallMessage, { machine, block, rules }: MessageContext): void {
  const { journal, precompiles } = machine.evm;
  for (const address of precompiles.keys()) journal.addAlwaysWarmAddress(address);
  journal.addAlwaysWarmAddress(from);
  if (to !== undefined) journal.addAlwaysWarmAddress(to);
  for (const { address, storageKeys } of accessList) {
    journal.addAlwaysWarmAddress(address);
    for (const slot of storageKeys) journal.addAlwaysWarmSlot(address, slot);
  }
  if (isActive(rules.fork, 'shanghai')) journal.addAlwaysWarmAddress(block.header.coinbase.toString());
}
