import type { Block } from '@ethereumjs/block';
import {
  type Address,
  type ExecutionRules,
  type Hash,
  hexToBytes,
  isActive,
  type Log,
  type Withdrawal,
} from '@heddle/primitives';
import type { BlockEnvironment, BlockReward } from '../../engine.ts';
import { systemCallFailed } from '../../errors.ts';
import { Account, Address as EvmAddress } from './ethereumjs.ts';
import type { EvmMachine } from './evm-machine.ts';
import { haltReason } from './halt-reason.ts';
import { depositRequests, requestsHash } from './requests.ts';
import type { TransactionState } from './transaction-state.ts';

const SYSTEM_ADDRESS: Address = '0xfffffffffffffffffffffffffffffffffffffffe';
const BEACON_ROOTS: Address = '0x000f3df6d732807ef1319fb7b8bb8522d0beac02';
const BLOCK_HASHES: Address = '0x0000f90827f1c53a10cb7a02335b175320002935';
const WITHDRAWAL_REQUESTS: Address = '0x00000961ef480eb55e80d19ad83579a64c007002';
const CONSOLIDATION_REQUESTS: Address = '0x0000bbddc7ce488642fb579f8b00f3a590007251';
/** Of each system call; counts against no block. */
const SYSTEM_CALL_GAS = 30_000_000n;
const WEI_PER_GWEI = 1_000_000_000n;
const NO_INPUT = new Uint8Array(0);

/** What system operations run on. The state has begun a run of its own for them. */
export interface SystemContext {
  readonly rules: ExecutionRules;
  readonly environment: BlockEnvironment;
  readonly machine: EvmMachine;
  readonly state: TransactionState;
  readonly block: Block;
}

/**
 * Before the first transaction: the parent's beacon root (EIP-4788) and hash (EIP-2935) into their contracts; at the
 * DAO fork, its accounts' balances into the refund contract.
 */
export async function startBlock(context: SystemContext): Promise<void> {
  const { rules, environment } = context;
  if (environment.sweep) await sweep(context, environment.sweep);
  if (isActive(rules.fork, 'cancun')) {
    await callSystem(context, BEACON_ROOTS, hexToBytes(environment.parentBeaconBlockRoot));
  }
  if (isActive(rules.fork, 'prague')) await callSystem(context, BLOCK_HASHES, hexToBytes(environment.parentHash));
}

/**
 * After the last transaction: rewards, withdrawals (EIP-4895), then the block's requests (EIP-7685): deposits from `logs`
 * (EIP-6110), withdrawal requests (EIP-7002) and consolidation requests (EIP-7251) from their contracts.
 *
 * @throws HeddleError `SYSTEM_CALL_FAILED`, `DEPOSIT_LOG_MALFORMED`: such a block is invalid.
 */
export async function endBlock(context: SystemContext, logs: readonly (readonly Log[])[]): Promise<Hash> {
  const { rules, environment } = context;
  await pay(context, environment.rewards ?? []);
  await pay(context, environment.withdrawals.map(inWei));
  if (!isActive(rules.fork, 'prague')) return requestsHash([]);
  return requestsHash([
    depositRequests(logs, rules.depositContract),
    await readRequests(context, WITHDRAWAL_REQUESTS),
    await readRequests(context, CONSOLIDATION_REQUESTS),
  ]);
}

async function sweep({ state }: SystemContext, { accounts, recipient }: NonNullable<BlockEnvironment['sweep']>) {
  let total = 0n;
  for (const address of accounts.map(toEvmAddress)) {
    const account = (await state.getAccount(address)) ?? new Account();
    total += account.balance;
    account.balance = 0n;
    await state.putAccount(address, account);
  }
  const refund = (await state.getAccount(toEvmAddress(recipient))) ?? new Account();
  refund.balance += total;
  await state.putAccount(toEvmAddress(recipient), refund);
}

async function pay({ machine, state }: SystemContext, payments: readonly BlockReward[]): Promise<void> {
  for (const { address, amount } of payments) {
    const recipient = toEvmAddress(address);
    const account = (await state.getAccount(recipient)) ?? new Account();
    account.balance += amount;
    await machine.evm.journal.putAccount(recipient, account);
  }
  await machine.evm.journal.cleanup(); // an amount of 0 makes no account (EIP-161)
}

function inWei({ address, amount }: Withdrawal): BlockReward {
  return { address, amount: amount * WEI_PER_GWEI };
}

function toEvmAddress(address: Address): EvmAddress {
  return new EvmAddress(hexToBytes(address));
}

/** @throws HeddleError `SYSTEM_CALL_FAILED` */
async function readRequests(context: SystemContext, contract: Address): Promise<Uint8Array> {
  const result = await callSystem(context, contract, NO_INPUT);
  if (result === undefined && context.rules.requestContracts === 'required') {
    throw systemCallFailed(contract, 'there is no code at this address');
  }
  const halt = result && haltReason(result);
  if (halt !== undefined) throw systemCallFailed(contract, halt);
  return result?.returnValue ?? NO_INPUT;
}

/**
 * A call by the system address, which pays nothing and leaves no account of its own. Undefined: the chain has no such
 * contract. A failure of the calls at block start changes nothing and is no error (EIP-4788, EIP-2935).
 */
async function callSystem({ machine, state, block }: SystemContext, contract: Address, data: Uint8Array) {
  const to = toEvmAddress(contract);
  if ((await state.getCodeSize(to)) === 0) return undefined;
  const { execResult } = await machine.evm.runCall({
    block,
    caller: toEvmAddress(SYSTEM_ADDRESS),
    to,
    data,
    gasLimit: SYSTEM_CALL_GAS,
    skipNonceIncrement: true,
  });
  await machine.evm.journal.cleanup();
  return execResult;
}
