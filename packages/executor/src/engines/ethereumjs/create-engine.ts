import type { Block } from '@ethereumjs/block';
import {
  type Address,
  type Authorization,
  assert,
  createAddress,
  type ExecutionRules,
  type Hash,
  isActive,
} from '@heddle/primitives';
import type {
  BlockEnvironment,
  CallMessage,
  Engine,
  EnginePurpose,
  LogsOf,
  PreparedTransaction,
  RunControl,
  RunOutcome,
  StateAccess,
  WriteSet,
} from '../../engine.ts';
import { createPrecompiles, loadPrecompileCrypto } from '../precompiles/precompiles.ts';
import { endBlock, type SystemContext, startBlock } from '../system-calls.ts';
import { findInvalidity } from '../validity.ts';
import { applyAuthorizations } from './authorizations.ts';
import { runTx } from './ethereumjs.ts';
import { toEvmBlock } from './evm-block.ts';
import { createCommon, createMachine, type EvmMachine, resetMachine } from './evm-machine.ts';
import { toEvmTransaction } from './evm-transaction.ts';
import { haltReason } from './halt-reason.ts';
import { toLogs } from './outcome.ts';
import { toCustomPrecompiles } from './precompiles.ts';
import { runMessage } from './run-message.ts';
import { systemOperations } from './system-operations.ts';
import { TraceEvents } from './trace-events.ts';
import { TransactionState } from './transaction-state.ts';

/**
 * The engine over `@ethereumjs/vm`: stock `runTx` on a state of its own, without what makes stock slow (sender and
 * authority recovery, decoding, its precompiles). With a tracer it reports each step of its runs there.
 */
export async function createEthereumjsEngine(rules: ExecutionRules, { tracer }: EnginePurpose = {}): Promise<Engine> {
  const state = new TransactionState();
  const common = createCommon(rules);
  const precompiles = createPrecompiles(await loadPrecompileCrypto(), { fork: rules.fork, poll: () => state.poll() });
  const customPrecompiles = toCustomPrecompiles(precompiles);
  const keepsGas = isActive(rules.fork, 'tangerineWhistle');
  const trace = tracer && new TraceEvents(tracer, { keepsGas });
  let authorizations: readonly Authorization[] = [];
  const makeMachine = () =>
    createMachine(rules, common, {
      state,
      customPrecompiles,
      trace,
      beforeMessage: ({ evm }) => applyAuthorizations(authorizations, rules.chainId, { evm, state }),
    });
  return new EthereumjsEngine(rules, {
    state,
    machine: await makeMachine(),
    makeMachine,
    setAuthorizations(list) {
      authorizations = list;
    },
  });
}

interface EngineParts {
  readonly state: TransactionState;
  readonly machine: EvmMachine;
  readonly makeMachine: () => Promise<EvmMachine>;
  readonly setAuthorizations: (list: readonly Authorization[]) => void;
}

interface CurrentBlock {
  readonly environment: BlockEnvironment;
  readonly block: Block;
}

/** Abandoned runs after which the EVM is made anew. */
const RESETS_PER_MACHINE = 1_000;
const NEVER_ABANDONED: RunControl = { isAbandoned: () => false };
const ABANDONED: RunOutcome = { status: 'abandoned' };
const NO_AUTHORIZATIONS: readonly Authorization[] = [];

class EthereumjsEngine implements Engine {
  readonly name = 'ethereumjs';
  readonly #rules: ExecutionRules;
  readonly #state: TransactionState;
  readonly #parts: EngineParts;
  #machine: EvmMachine;
  #resets = 0;
  #current: CurrentBlock | undefined;

  constructor(rules: ExecutionRules, parts: EngineParts) {
    this.#rules = rules;
    this.#state = parts.state;
    this.#parts = parts;
    this.#machine = parts.machine;
  }

  beginBlock(environment: BlockEnvironment): void {
    this.#current = { environment, block: toEvmBlock(environment, this.#machine.common, this.#rules) };
  }

  async runTransaction(prepared: PreparedTransaction, access: StateAccess, control: RunControl): Promise<RunOutcome> {
    const current = this.#currentBlock();
    this.#begin(access, control, current.environment.beneficiary);
    this.#parts.setAuthorizations(prepared.transaction.authorizationList);
    return this.#guarded(() => this.#runTransaction(prepared, current));
  }

  async runBlockStart(access: StateAccess): Promise<WriteSet> {
    await this.#runSystem(access, (context) => startBlock(context));
    return this.#state.writeSet();
  }

  async runBlockEnd(access: StateAccess, logsOf: LogsOf): Promise<{ writes: WriteSet; requestsHash: Hash }> {
    const requestsHash = await this.#runSystem(access, (context) => endBlock(context, logsOf));
    return { writes: this.#state.writeSet(), requestsHash };
  }

  async runCall(message: CallMessage, access: StateAccess, control: RunControl): Promise<RunOutcome> {
    const current = this.#currentBlock();
    this.#begin(access, control, undefined);
    this.#parts.setAuthorizations(message.authorizationList ?? NO_AUTHORIZATIONS);
    // Like geth, a message that pays no gas price sees no base fee.
    const environment = message.gasPrice === 0n ? { ...current.environment, baseFeePerGas: 0n } : current.environment;
    const block = toEvmBlock(environment, this.#machine.common, this.#rules);
    return this.#guarded(() =>
      runMessage(message, { rules: this.#rules, machine: this.#machine, state: this.#state, block }),
    );
  }

  async #runTransaction(prepared: PreparedTransaction, { environment, block }: CurrentBlock): Promise<RunOutcome> {
    const { transaction, sender } = prepared;
    const state = this.#state;
    const reason = findInvalidity(prepared, {
      rules: this.#rules,
      environment,
      sender: state.loadSender(sender, transaction.nonce),
      codeByHash: (codeHash) => state.codeByHash(codeHash),
    });
    if (reason !== undefined) return { status: 'invalid', reason };
    const { vm, common } = this.#machine;
    const result = await runTx(vm, {
      tx: toEvmTransaction(transaction, sender, common, this.#rules.fork),
      block,
      skipHardForkValidation: true,
      skipBlockGasLimitValidation: true,
      blockGasUsed: 0n,
    });
    const { execResult } = result;
    return {
      status: 'executed',
      succeeded: execResult.exceptionError === undefined,
      gasUsed: result.totalGasSpent,
      logs: toLogs(execResult.logs),
      contractAddress: transaction.to === undefined ? createAddress(sender, transaction.nonce) : undefined,
      returnData: execResult.returnValue,
      haltReason: haltReason(execResult),
      feeCredit: state.feeCredit(),
      writes: state.writeSet(),
    };
  }

  /** Ends a run that was abandoned as such, whatever became of it, and makes new what it left behind. */
  async #guarded(run: () => Promise<RunOutcome>): Promise<RunOutcome> {
    let outcome: RunOutcome;
    try {
      outcome = await run();
    } catch (error) {
      await this.#reset();
      if (this.#state.isAbandoned()) return ABANDONED;
      throw error;
    }
    if (!this.#state.isAbandoned()) return outcome;
    await this.#reset();
    return ABANDONED;
  }

  async #reset(): Promise<void> {
    this.#resets++;
    if (this.#resets % RESETS_PER_MACHINE === 0) this.#machine = await this.#parts.makeMachine();
    else resetMachine(this.#machine);
  }

  async #runSystem<T>(access: StateAccess, run: (context: SystemContext) => Promise<T>): Promise<T> {
    const { environment, block } = this.#currentBlock();
    this.#begin(access, NEVER_ABANDONED, undefined);
    try {
      const operations = systemOperations({ machine: this.#machine, state: this.#state, block });
      return await run({ rules: this.#rules, environment, operations });
    } catch (error) {
      await this.#reset();
      throw error;
    }
  }

  #begin(access: StateAccess, control: RunControl, beneficiary: Address | undefined): void {
    this.#state.begin(access, control, beneficiary);
    this.#parts.setAuthorizations(NO_AUTHORIZATIONS);
  }

  #currentBlock(): CurrentBlock {
    assert(this.#current !== undefined, 'beginBlock comes before any run');
    return this.#current;
  }
}
