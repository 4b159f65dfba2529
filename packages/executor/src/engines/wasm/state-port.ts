import { assert, type Hash } from '@heddle/primitives';
import { type AccountState, type CoreHost, RunAbandoned, type RunControl, type StateAccess } from '../../engine.ts';
import type { Precompile } from '../precompiles/precompile.ts';
import type { EvmCore, EvmImports } from './evm-core.ts';
import { gasWithin, writeAuthorizations } from './write-records.ts';

/** The state of one thread's EVM: what assembly/evm/host.ts asks, answered from {@link StateAccess} by the run's port. */
export class StatePort {
  readonly #precompiles = new Map<number, Precompile>();
  readonly #chainId: number;
  #core: EvmCore | undefined;
  #access: StateAccess | undefined;
  #control: RunControl | undefined;
  #host: CoreHost | undefined;
  #isAbandoned = false;
  #error: unknown;
  #code: Uint8Array | undefined;
  #sender: AccountState | undefined;

  /** `chainId`: of the authorizations that may apply. */
  constructor(precompiles: readonly Precompile[], chainId: number) {
    this.#chainId = chainId;
    for (const precompile of precompiles) this.#precompiles.set(precompile.address, precompile);
  }

  /** Says whom the port serves from now on, before any run. */
  serve(core: EvmCore): void {
    this.#core = core;
  }

  /** Forgets the run before and begins one on `access`. */
  begin(access: StateAccess, control: RunControl): void {
    this.#access = access;
    this.#control = control;
    this.#isAbandoned = false;
    this.#error = undefined;
    this.#sender = undefined;
  }

  /** Says whom runs on the core ask. */
  serveOnCore(host: CoreHost): void {
    this.#host = host;
  }

  /** Whether nobody wants the run any more. Sticky. */
  isAbandoned(): boolean {
    this.#isAbandoned ||= this.#control?.isAbandoned() === true;
    return this.#isAbandoned;
  }

  /** Within a precompile. @throws RunAbandoned */
  poll(): void {
    if (this.isAbandoned()) throw new RunAbandoned('the run was abandoned');
  }

  /** The transaction's sender as the run read it. */
  sender(): AccountState | undefined {
    return this.#sender;
  }

  /** Ends the run: what nobody may throw into the module. The first error is kept. */
  fail(error: unknown): void {
    if (error instanceof RunAbandoned) this.#isAbandoned = true;
    this.#error ??= error;
  }

  /** Whether something went wrong in the run. */
  hasFailed(): boolean {
    return this.#error !== undefined;
  }

  /** What went wrong in it. */
  error(): unknown {
    return this.#error;
  }

  /** Ends a run that an import has ended. @throws what the import threw; RunAbandoned when nobody wants the run */
  rethrow(): never {
    throw this.#error ?? new RunAbandoned('the run was abandoned');
  }

  /** What the module imports. None of them throws into it. */
  readonly imports: EvmImports = {
    readAccount: (address) => this.#answer(() => this.#readAccount(address)),
    readSender: (address, nonce) => this.#answer(() => this.#readAccount(address, BigInt.asUintN(64, nonce))),
    readSlot: (address) => this.#answer(() => this.#readSlot(address)),
    hasStorage: (address) => this.#answer(() => this.#toPresence(this.#port().hasStorage(this.#address(address)))),
    readCode: (hash) => this.#readCode(hash),
    takeCode: (target) => this.#takeCode(target),
    readBlockHash: (number) => this.#answer(() => this.#readBlockHash(BigInt.asUintN(64, number))),
    precompile: (address, input, size, gas) => this.#runPrecompile(address >>> 0, input >>> 0, size >>> 0, gas),
    isAbandoned: () => (this.isAbandoned() ? 1 : 0),
    now: () => this.#onCore().now(),
    loadAccountBase: (entry) => this.#settle(() => this.#onCore().loadAccountBase(entry >>> 0)),
    loadSlotBase: (head) => this.#settle(() => this.#onCore().loadSlotBase(head >>> 0)),
    publishCode: (hash, bytes, size) => this.#settle(() => this.#publishCode(hash >>> 0, bytes >>> 0, size >>> 0)),
    placeAuthorizations: (tx, place) => this.#placeAuthorizations(tx, place >>> 0),
  };

  #readAccount(address: number, nonce?: bigint): number {
    const { layout, memory, exchange } = this.#served();
    const who = this.#address(address);
    const account = nonce === undefined ? this.#port().readAccount(who) : this.#port().readSender(who, nonce);
    if (nonce !== undefined) this.#sender = account;
    if (account === undefined) return layout.HOST_ABSENT;
    memory.setWord(exchange + layout.EXCHANGE_BALANCE, account.balance);
    memory.setU64(exchange + layout.EXCHANGE_NONCE, account.nonce);
    memory.setHex(exchange + layout.EXCHANGE_CODE_HASH, account.codeHash);
    return layout.HOST_PRESENT;
  }

  #readSlot(address: number): number {
    const { layout, memory, exchange } = this.#served();
    const slot = memory.hash(exchange + layout.EXCHANGE_KEY);
    const value = this.#port().readSlot(this.#address(address), slot);
    memory.set(exchange + layout.EXCHANGE_VALUE, value);
    return layout.HOST_PRESENT;
  }

  #readBlockHash(number: bigint): number {
    const { layout, memory, exchange } = this.#served();
    const hash: Hash | undefined = this.#port().readBlockHash(Number(number));
    if (hash !== undefined) memory.setHex(exchange + layout.EXCHANGE_VALUE, hash);
    return this.#toPresence(hash !== undefined);
  }

  #readCode(hash: number): number {
    try {
      this.#code = this.#port().readCode(this.#served().memory.hash(hash >>> 0));
      return this.#code.length;
    } catch (error) {
      this.fail(error);
      return -1;
    }
  }

  #takeCode(target: number): void {
    assert(this.#code !== undefined, 'takeCode follows readCode');
    this.#served().memory.set(target >>> 0, this.#code);
    this.#code = undefined;
  }

  #publishCode(hash: number, bytes: number, size: number): void {
    const { memory } = this.#served();
    this.#onCore().publishCode(memory.hash(hash), memory.copy(bytes, size));
  }

  #placeAuthorizations(tx: number, place: number): number {
    try {
      const list = this.#onCore().authorizations(tx);
      const core = this.#served();
      const gasLimit = gasWithin(core, core.memory.u64(core.transaction + core.layout.TX_GAS_LIMIT));
      if (list !== undefined) writeAuthorizations(core, place, list, { chainId: this.#chainId, gasLimit });
      return list === undefined ? 0 : 1;
    } catch (error) {
      this.fail(error);
      return 0;
    }
  }

  #runPrecompile(address: number, input: number, size: number, gas: bigint): number {
    const { layout, memory, exchange, steps } = this.#served();
    const precompile = this.#precompiles.get(address);
    try {
      assert(precompile !== undefined, `the fork has a precompile at ${address}`);
      const data = memory.view(input, size); // a copy costs more than the gas of many calls with much data
      const cost = precompile.gas(data);
      if (cost > gas) return layout.PRECOMPILE_OUT_OF_GAS;
      const output = precompile.run(data);
      if (this.#isAbandoned) return layout.PRECOMPILE_HOST_FAILED; // whatever a library makes of the exception
      if (output === undefined) return layout.PRECOMPILE_REFUSED;
      const target = steps.reserveOutput(output.length) >>> 0;
      if (target === 0) return layout.PRECOMPILE_OUT_OF_MEMORY;
      memory.set(target, output);
      memory.setU64(exchange + layout.EXCHANGE_GAS_USED, cost);
      memory.setU32(exchange + layout.EXCHANGE_OUTPUT_SIZE, output.length);
      return layout.PRECOMPILE_SUCCEEDED;
    } catch (error) {
      this.fail(error);
      return layout.PRECOMPILE_HOST_FAILED;
    }
  }

  #answer(read: () => number): number {
    try {
      return read();
    } catch (error) {
      this.fail(error);
      return this.#served().layout.HOST_FAILED;
    }
  }

  #settle(act: () => void): number {
    return this.#answer(() => {
      act();
      return this.#served().layout.HOST_PRESENT;
    });
  }

  #toPresence(isPresent: boolean): number {
    const { layout } = this.#served();
    return isPresent ? layout.HOST_PRESENT : layout.HOST_ABSENT;
  }

  #address(place: number) {
    return this.#served().memory.address(place >>> 0);
  }

  #port(): StateAccess {
    assert(this.#access !== undefined, 'the EVM touches state only during a run');
    return this.#access;
  }

  #onCore(): CoreHost {
    assert(this.#host !== undefined, 'the EVM asks for what the core lacks only in a run on it');
    return this.#host;
  }

  #served(): EvmCore {
    assert(this.#core !== undefined, 'the port serves an instance of the EVM');
    return this.#core;
  }
}
