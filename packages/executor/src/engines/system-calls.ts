import {
  type Address,
  type ExecutionRules,
  type Hash,
  hexToBytes,
  isActive,
  SYSTEM_CONTRACTS,
  type Withdrawal,
} from '@heddle/primitives';
import type { BlockEnvironment, BlockReward, LogsOf } from '../engine.ts';
import { systemCallFailed } from '../errors.ts';
import { depositRequests, requestsHash } from './requests.ts';

/** Of each system call; counts against no block. */
export const SYSTEM_CALL_GAS = 30_000_000n;

const WEI_PER_GWEI = 1_000_000_000n;
const NO_INPUT = new Uint8Array(0);

/** What a system contract answered. */
export interface SystemAnswer {
  readonly returnData: Uint8Array;
  /** Undefined: it succeeded. */
  readonly haltReason: string | undefined;
}

/** What an engine can do outside of transactions, all on one state. */
export interface SystemOperations {
  /** Adds to balances; an amount of 0 makes no account (EIP-161). */
  pay(payments: readonly BlockReward[]): Promise<void>;
  /** Gives the balances of `accounts` to `recipient`. */
  sweep(accounts: readonly Address[], recipient: Address): Promise<void>;
  /** A call by SYSTEM_ADDRESS with {@link SYSTEM_CALL_GAS}. Undefined: there is no code at `contract`. */
  call(contract: Address, data: Uint8Array): Promise<SystemAnswer | undefined>;
}

/** What system operations run on. */
export interface SystemContext {
  readonly rules: ExecutionRules;
  readonly environment: BlockEnvironment;
  readonly operations: SystemOperations;
}

/**
 * Before the first transaction: the parent's beacon root (EIP-4788) and hash (EIP-2935) into their contracts; at the
 * DAO fork, its accounts' balances into the refund contract. A call that fails changes nothing and is no error.
 */
export async function startBlock({ rules, environment, operations }: SystemContext): Promise<void> {
  const { sweep, parentBeaconBlockRoot, parentHash } = environment;
  if (sweep) await operations.sweep(sweep.accounts, sweep.recipient);
  if (isActive(rules.fork, 'cancun'))
    await operations.call(SYSTEM_CONTRACTS.beaconRoots.address, hexToBytes(parentBeaconBlockRoot));
  if (isActive(rules.fork, 'prague'))
    await operations.call(SYSTEM_CONTRACTS.blockHashes.address, hexToBytes(parentHash));
}

/**
 * After the last transaction: rewards, withdrawals (EIP-4895), then the block's requests (EIP-7685): deposits from the logs of
 * their contract (EIP-6110), withdrawal requests (EIP-7002) and consolidation requests (EIP-7251) from theirs.
 *
 * @throws HeddleError `SYSTEM_CALL_FAILED`, `DEPOSIT_LOG_MALFORMED`: such a block is invalid.
 */
export async function endBlock(context: SystemContext, logsOf: LogsOf): Promise<Hash> {
  const { rules, environment, operations } = context;
  await operations.pay(environment.rewards ?? []);
  await operations.pay(environment.withdrawals.map(inWei));
  if (!isActive(rules.fork, 'prague')) return requestsHash([]);
  return requestsHash([
    depositRequests(logsOf, rules.depositContract),
    await readRequests(context, SYSTEM_CONTRACTS.withdrawalRequests.address),
    await readRequests(context, SYSTEM_CONTRACTS.consolidationRequests.address),
  ]);
}

function inWei({ address, amount }: Withdrawal): BlockReward {
  return { address, amount: amount * WEI_PER_GWEI };
}

/** @throws HeddleError `SYSTEM_CALL_FAILED` */
async function readRequests({ rules, operations }: SystemContext, contract: Address): Promise<Uint8Array> {
  const answer = await operations.call(contract, NO_INPUT);
  if (answer === undefined && rules.requestContracts === 'required') {
    throw systemCallFailed(contract, 'there is no code at this address');
  }
  if (answer?.haltReason !== undefined) throw systemCallFailed(contract, answer.haltReason);
  return answer?.returnData ?? NO_INPUT;
}
