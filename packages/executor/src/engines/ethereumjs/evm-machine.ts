import { type ExecutionRules, hexToBytes, keccak256, ZERO_HASH } from '@heddle/primitives';
import { sha256 } from '../crypto/sha256.ts';
import {
  Common,
  type CustomPrecompile,
  createEVM,
  createVM,
  type EVM,
  Mainnet,
  type ParamsDict,
  paramsEVM,
  paramsTx,
  type VM,
} from './ethereumjs.ts';
import type { TraceEvents } from './trace-events.ts';
import type { TransactionState } from './transaction-state.ts';

/** One thread's EVM with its state. */
export interface EvmMachine {
  readonly vm: VM;
  readonly evm: EVM;
  readonly common: Common;
}

/** What an EVM needs besides its rules. */
export interface EvmParts {
  readonly state: TransactionState;
  readonly customPrecompiles: CustomPrecompile[];
  /** Called right before a transaction's or a call's outermost message; returns gas to refund when it ends. */
  beforeMessage(machine: EvmMachine): Promise<bigint>;
  /** Absent: nobody wants to know. */
  readonly trace?: TraceEvents | undefined;
}

const JUMPDEST = 0x5b;

/** The chain's parameters as @ethereumjs wants them. */
export function createCommon(rules: ExecutionRules): Common {
  const common = new Common({
    chain: { ...Mainnet, chainId: rules.chainId },
    hardfork: rules.fork === 'frontier' ? 'chainstart' : rules.fork,
    customCrypto: { keccak256, sha256 },
  });
  common.updateParams(withLimits(paramsTx, rules));
  return common;
}

/** An EVM over `parts.state`; `common` is copied, since each EVM listens to its own. */
export async function createMachine(rules: ExecutionRules, common: Common, parts: EvmParts): Promise<EvmMachine> {
  const { state, customPrecompiles } = parts;
  const own = common.copy();
  const evm = await createEVM({
    common: own,
    stateManager: state,
    blockchain: blockHashes(state),
    params: withLimits(paramsEVM, rules),
    customPrecompiles,
    customOpcodes: [
      {
        // A loop without calls passes here: the one place where it hears that it was abandoned (+4 percent).
        opcode: JUMPDEST,
        opcodeName: 'JUMPDEST',
        baseFee: 1,
        logicFunction: () => state.poll(),
      },
    ],
  });
  const vm = await createVM({ common: own, stateManager: state, blockchain: evm.blockchain, evm });
  const machine = { vm, evm, common: own };
  parts.trace?.listen(evm);
  const runMessage = evm.runCall.bind(evm);
  evm.runCall = async (options) => {
    state.poll(); // before each call, which includes each precompile
    if (options.message !== undefined) return runMessage(options);
    const refund = await parts.beforeMessage(machine);
    parts.trace?.begin(refund);
    const result = await runMessage(options);
    state.endMessage();
    if (refund > 0n) result.execResult.gasRefund = (result.execResult.gasRefund ?? 0n) + refund;
    return result;
  };
  return machine;
}

/**
 * Makes new what a run that ended half-way left in the EVM: warm addresses, touched accounts, open checkpoints and
 * transient storage. All else is set when the next run begins. Making a whole EVM would cost as much as two runs; now
 * and then it must be, since the marks of open frames in transient storage stay (harmless, but more each time).
 */
export function resetMachine({ evm }: EvmMachine): void {
  evm.journal.cleanJournal();
  evm.transientStorage.clear();
}

/** `params` with the chain's own code size limits, wherever a fork states them. */
function withLimits(params: ParamsDict, rules: ExecutionRules): ParamsDict {
  const limited: ParamsDict = {};
  for (const [eip, values] of Object.entries(params)) {
    limited[eip] = { ...values };
    if ('maxCodeSize' in values) limited[eip].maxCodeSize = rules.codeSizeLimit;
    if ('maxInitCodeSize' in values) limited[eip].maxInitCodeSize = rules.codeSizeLimit * 2;
  }
  return limited;
}

/** @ethereumjs asks a blockchain for whole blocks; BLOCKHASH needs hashes only. */
function blockHashes(state: TransactionState): EVM['blockchain'] {
  const blockchain: EVM['blockchain'] = {
    getBlock: async (number: number) => {
      const hash = hexToBytes(state.blockHash(number) ?? ZERO_HASH);
      return { hash: () => hash };
    },
    putBlock: async () => undefined,
    shallowCopy: () => blockchain,
  };
  return blockchain;
}
