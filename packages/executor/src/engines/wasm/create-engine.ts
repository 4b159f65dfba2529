import { assert, type ExecutionRules, type Hash } from '@heddle/primitives';
import {
  type BlockEnvironment,
  type CallMessage,
  type CoreHost,
  type CoreStop,
  type Engine,
  type EnginePurpose,
  type ExecutedTransaction,
  type LogsOf,
  type PreparedTransaction,
  RunAbandoned,
  type RunControl,
  type RunOutcome,
  type StateAccess,
  type WriteSet,
} from '../../engine.ts';
import { evmMemoryExhausted } from '../../errors.ts';
import { createPrecompiles, loadPrecompileCrypto, type PrecompileCrypto } from '../precompiles/precompiles.ts';
import { endBlock, type SystemContext, startBlock } from '../system-calls.ts';
import { findCallInvalidity, findInvalidity } from '../validity.ts';
import { collectGarbage } from './collect-garbage.ts';
import { createEvmCore, type EvmCore } from './evm-core.ts';
import { readHaltReason, readLogs, readReturnData } from './read-result.ts';
import { readWrites } from './read-writes.ts';
import { runOnCore } from './run-on-core.ts';
import { StatePort } from './state-port.ts';
import { systemOperations } from './system-operations.ts';
import { TracePort } from './trace-port.ts';
import { warmUp } from './warm-up.ts';
import { writeBlock, writeCall, writeTransaction } from './write-records.ts';

/** The engine in WebAssembly (assembly/evm): Berlin and later. */
export async function createWasmEngine(rules: ExecutionRules, purpose: EnginePurpose = {}): Promise<Engine> {
  const crypto = await loadPrecompileCrypto();
  if (purpose.tracer === undefined) {
    warming ??= warmUp(makeEngine(rules, crypto));
    await warming;
  }
  return makeEngine(rules, crypto, purpose);
}

/** Once a thread. */
let warming: Promise<void> | undefined;

function makeEngine(
  rules: ExecutionRules,
  crypto: PrecompileCrypto,
  { core: coreSteps, tracer }: EnginePurpose = {},
): Engine {
  const precompiles = createPrecompiles(crypto, { fork: rules.fork, poll: () => port.poll() });
  const port: StatePort = new StatePort(precompiles, rules.chainId);
  const trace = tracer && new TracePort(tracer, port);
  const instantiate = () => {
    const core = createEvmCore(port.imports, { core: coreSteps, trace: trace?.imports });
    trace?.serve(core);
    port.serve(core);
    return core;
  };
  return new WasmEngine(rules, { port, instantiate, isOnCore: coreSteps !== undefined });
}

/** Memory of an instance never shrinks: one with more than this between two runs is let go for a new one. */
const KEPT_MEMORY_BYTES = 128 << 20;

const NEVER_ABANDONED: RunControl = { isAbandoned: () => false };
const ABANDONED: RunOutcome = { status: 'abandoned' };
const NO_WRITES: WriteSet = {
  accounts: new Map(),
  wiped: new Set(),
  deleted: new Set(),
  slots: new Map(),
  codes: new Map(),
};

interface WasmEngineParts {
  readonly port: StatePort;
  readonly instantiate: () => EvmCore;
  /** Whether instances are made for a core. */
  readonly isOnCore: boolean;
}

class WasmEngine implements Engine {
  readonly name = 'wasm';
  readonly runOnCore: Engine['runOnCore'];
  readonly #rules: ExecutionRules;
  readonly #port: StatePort;
  readonly #instantiate: () => EvmCore;
  #core: EvmCore;
  #environment: BlockEnvironment | undefined;
  /** A run ended in an error, and who knows what it left. */
  #isBroken = false;

  constructor(rules: ExecutionRules, { port, instantiate, isOnCore }: WasmEngineParts) {
    this.runOnCore = isOnCore ? (host) => this.#runOnCore(host) : undefined;
    this.#rules = rules;
    this.#port = port;
    this.#instantiate = instantiate;
    this.#core = instantiate();
  }

  beginBlock(environment: BlockEnvironment): void {
    this.#environment = environment;
    writeBlock(this.#core, environment, this.#rules);
    this.#core.steps.beginBlock();
  }

  async runTransaction(prepared: PreparedTransaction, access: StateAccess, control: RunControl): Promise<RunOutcome> {
    const environment = this.#block();
    return this.#guarded(access, control, () => {
      writeTransaction(this.#core, prepared, this.#rules);
      if (this.#run(this.#core.steps.runTransaction())) return this.#executed(prepared.transaction.to === undefined);
      const reason = findInvalidity(prepared, {
        rules: this.#rules,
        environment,
        sender: this.#port.sender(),
        codeByHash: (codeHash) => access.readCode(codeHash),
      });
      return invalid(reason);
    });
  }

  async runCall(message: CallMessage, access: StateAccess, control: RunControl): Promise<RunOutcome> {
    const environment = this.#block();
    // Like geth, a message that pays no gas price sees no base fee.
    if (message.gasPrice === 0n) this.beginBlock({ ...environment, baseFeePerGas: 0n });
    try {
      return await this.#guarded(access, control, () => {
        writeCall(this.#core, message, this.#rules);
        if (this.#run(this.#core.steps.runCall())) {
          return { ...this.#executed(message.to === undefined), feeCredit: 0n, writes: NO_WRITES };
        }
        return invalid(findCallInvalidity(message, access.readAccount(message.from)?.balance ?? 0n, this.#rules));
      });
    } finally {
      if (message.gasPrice === 0n) this.beginBlock(environment);
    }
  }

  async runBlockStart(access: StateAccess): Promise<WriteSet> {
    const { writes } = await this.#runSystem(access, startBlock);
    return writes;
  }

  async runBlockEnd(access: StateAccess, logsOf: LogsOf): Promise<{ writes: WriteSet; requestsHash: Hash }> {
    const { result, writes } = await this.#runSystem(access, (context) => endBlock(context, logsOf));
    return { writes, requestsHash: result };
  }

  async #runSystem<T>(
    access: StateAccess,
    run: (context: SystemContext) => Promise<T>,
  ): Promise<{ result: T; writes: WriteSet }> {
    const environment = this.#block();
    this.#begin(access, NEVER_ABANDONED);
    this.#core.steps.beginSystemRun();
    const operations = systemOperations(this.#core, (status) => this.#run(status));
    const result = await run({ rules: this.#rules, environment, operations });
    this.#run(this.#core.steps.settleSystemRun());
    return { result, writes: readWrites(this.#core) };
  }

  /** Begins a run, in a new instance where the one before is worn. */
  #begin(access: StateAccess, control: RunControl): void {
    const isLarge = this.#core.memory.size() > KEPT_MEMORY_BYTES;
    if (this.#isBroken || isLarge) {
      this.#core = this.#instantiate();
      this.#isBroken = false;
      this.beginBlock(this.#block());
      if (isLarge) collectGarbage();
    }
    this.#port.begin(access, control);
  }

  #runOnCore(host: CoreHost): CoreStop {
    this.#port.serveOnCore(host);
    for (;;) {
      this.#begin(host.state, host.state);
      const stop = runOnCore(this.#core, this.#port, KEPT_MEMORY_BYTES);
      if (stop.status === 'worn') continue;
      this.#isBroken = stop.status === 'failed' && !(stop.error instanceof RunAbandoned);
      return stop;
    }
  }

  /** Ends a run that was abandoned as such, whatever became of it. */
  #guarded(access: StateAccess, control: RunControl, run: () => RunOutcome): RunOutcome {
    this.#begin(access, control);
    try {
      const outcome = run();
      return this.#port.isAbandoned() ? ABANDONED : outcome;
    } catch (error) {
      this.#isBroken = !(error instanceof RunAbandoned);
      if (this.#port.isAbandoned()) return ABANDONED;
      throw error;
    }
  }

  /** Whether a step that answered `status` ran; false: it was refused. @throws what ended a run that is void */
  #run(status: number): boolean {
    const { layout } = this.#core;
    if (status === layout.HALT_OUT_OF_MEMORY) throw evmMemoryExhausted();
    if (status >= layout.HALT_ABANDONED || this.#port.hasFailed()) this.#port.rethrow();
    return status === layout.VALID;
  }

  #executed(isCreation: boolean): ExecutedTransaction {
    const { layout, memory, transaction } = this.#core;
    const haltReason = readHaltReason(this.#core);
    return {
      status: 'executed',
      succeeded: haltReason === undefined,
      gasUsed: memory.u64(transaction + layout.TX_GAS_USED),
      logs: readLogs(this.#core),
      contractAddress: isCreation ? memory.address(transaction + layout.TX_TO) : undefined,
      returnData: readReturnData(this.#core),
      haltReason,
      feeCredit: memory.word(transaction + layout.TX_FEE_CREDIT),
      writes: readWrites(this.#core),
    };
  }

  #block(): BlockEnvironment {
    assert(this.#environment !== undefined, 'beginBlock comes before any run');
    return this.#environment;
  }
}

/** The module decides, and the words are found here: both must see the same fault. */
function invalid(reason: string | undefined): RunOutcome {
  assert(reason !== undefined, 'what the module refuses is refused by the rules');
  return { status: 'invalid', reason };
}
