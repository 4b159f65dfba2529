import {
  type Address,
  bytesToHex,
  EMPTY_BYTES,
  type ExecutionRules,
  effectiveGasPrice,
  type Hash,
  type Log,
} from '@heddle/primitives';
import type {
  AccountState,
  BlockEnvironment,
  Engine,
  PreparedTransaction,
  StateAccess,
  WriteSet,
} from '../../src/engine.ts';
import { createWasmEngine } from '../../src/engines/wasm/create-engine.ts';
import type { PlainState } from '../../src/plain/plain-state.ts';
import type { Tracer } from '../../src/tracer.ts';
import { executed } from './run.ts';

/**
 * What a block reads and writes, as a set of lines, one for each entry that a block access list (EIP-7928) has: "ADDRESS",
 * "ADDRESS nonce INDEX VALUE", and so for balance and code, "ADDRESS slot KEY INDEX VALUE", "ADDRESS read KEY".
 */
export type AccessLines = ReadonlySet<string>;

/** A transaction, and the gas that it is charged whatever it used: prices differ between forks. */
export interface ChargedTransaction extends PreparedTransaction {
  readonly charged: bigint;
}

/** Executes blocks and records what they access, by the reads, the writes and the trace of the engine in WebAssembly. */
export interface AccessRecorder {
  /** Changes `state`. @throws Error when a transaction may not stand in the block */
  run(
    environment: BlockEnvironment,
    transactions: readonly ChargedTransaction[],
    state: PlainState,
  ): Promise<AccessLines>;
}

/** A recorder under `rules`. */
export async function createAccessRecorder(rules: ExecutionRules): Promise<AccessRecorder> {
  const book = new AccessBook();
  const engine = await createWasmEngine(rules, { tracer: book.tracer });
  return { run: (environment, transactions, state) => runBlock({ engine, book, environment, state }, transactions) };
}

interface Recording {
  readonly engine: Engine;
  readonly book: AccessBook;
  readonly environment: BlockEnvironment;
  readonly state: PlainState;
}

async function runBlock(
  { engine, book, environment, state }: Recording,
  transactions: readonly ChargedTransaction[],
): Promise<AccessLines> {
  const { beneficiary, baseFeePerGas } = environment;
  const watched = book.watch(state);
  const logs: Log[] = [];
  book.begin();
  engine.beginBlock(environment);
  book.note(0, state, await engine.runBlockStart(watched));
  for (const [index, prepared] of transactions.entries()) {
    const outcome = await engine.runTransaction(prepared, watched, { isAbandoned: () => false });
    const { transaction, sender, charged } = prepared;
    const { writes, gasUsed, feeCredit } = executed(outcome);
    const price = effectiveGasPrice(transaction, baseFeePerGas);
    const overpaid = (gasUsed - charged) * price;
    const balance = (writes.accounts.get(sender)?.balance ?? state.readAccount(sender)?.balance ?? 0n) + overpaid;
    const accounts = new Map(writes.accounts).set(sender, { ...writes.accounts.get(sender), balance });
    const fee = feeCredit === 0n ? 0n : charged * (price - baseFeePerGas); // none to a beneficiary that was destroyed
    logs.push(...executed(outcome).logs);
    book.note(index + 1, state, { ...writes, accounts }, { beneficiary, fee });
  }
  const { writes } = await engine.runBlockEnd(watched, (contract) => {
    return logs.filter(({ address }) => address === contract);
  });
  book.note(transactions.length + 1, state, writes);
  return book.lines();
}

class AccessBook {
  #lines = new Set<string>();
  #accessed = new Map<Address, Set<bigint>>();
  #changed = new Map<Address, Set<bigint>>();

  /** Hears of what needs no reading of the state: precompiles, and slots of new contracts. */
  readonly tracer: Tracer = {
    frameStart: ({ address, codeAddress }) => {
      slotsOf(this.#accessed, address);
      slotsOf(this.#accessed, codeAddress);
    },
    storage: ({ kind, address, slot }) => {
      if (kind === 'read' || kind === 'write') slotsOf(this.#accessed, address).add(BigInt(slot));
    },
    step() {},
    stepEnd() {},
    frameEnd() {},
  };

  begin(): void {
    this.#lines = new Set();
    this.#accessed = new Map();
    this.#changed = new Map();
  }

  /** `state`, with its first reads noted. */
  watch(state: StateAccess): StateAccess {
    return {
      ...state,
      readAccount: (address) => {
        slotsOf(this.#accessed, address);
        return state.readAccount(address);
      },
      readSender: (address, nonce) => {
        slotsOf(this.#accessed, address);
        return state.readSender(address, nonce);
      },
      readSlot: (address, slot) => {
        slotsOf(this.#accessed, address).add(BigInt(slot));
        return state.readSlot(address, slot);
      },
    };
  }

  /** Applies what happened at `index` of the block to `state`, and notes what that changed. */
  note(
    index: number,
    state: PlainState,
    writes: WriteSet,
    paid: { readonly beneficiary: Address; readonly fee: bigint } | undefined = undefined,
  ): void {
    const addresses = new Set([...writes.accounts.keys(), ...writes.deleted]);
    if (paid !== undefined) addresses.add(paid.beneficiary); // a tip of 0 accesses it too (EIP-7928)
    const before = new Map([...addresses].map((address) => [address, state.readAccount(address)]));
    state.apply(writes);
    if (paid !== undefined) state.credit(paid.beneficiary, paid.fee);
    for (const [address, account] of before) this.#noteAccount(index, address, account, state);
    for (const [address, slots] of writes.slots) {
      for (const [slot, value] of slots) {
        slotsOf(this.#changed, address).add(BigInt(slot));
        this.#lines.add(`${address} slot ${BigInt(slot)} ${index} ${BigInt(bytesToHex(value))}`);
      }
    }
  }

  lines(): AccessLines {
    const lines = new Set(this.#lines);
    for (const [address, slots] of this.#accessed) {
      lines.add(address);
      for (const slot of slots) if (!this.#changed.get(address)?.has(slot)) lines.add(`${address} read ${slot}`);
    }
    return lines;
  }

  #noteAccount(index: number, address: Address, before: AccountState | undefined, state: PlainState): void {
    slotsOf(this.#accessed, address);
    const { nonce = 0n, balance = 0n, codeHash } = state.readAccount(address) ?? {};
    if (nonce !== (before?.nonce ?? 0n)) this.#lines.add(`${address} nonce ${index} ${nonce}`);
    if (balance !== (before?.balance ?? 0n)) this.#lines.add(`${address} balance ${index} ${balance}`);
    const code = (hash: Hash | undefined) => bytesToHex(hash === undefined ? EMPTY_BYTES : state.readCode(hash));
    if (code(codeHash) !== code(before?.codeHash)) this.#lines.add(`${address} code ${index} ${code(codeHash)}`);
  }
}

function slotsOf(accounts: Map<Address, Set<bigint>>, address: Address): Set<bigint> {
  const known = accounts.get(address);
  if (known !== undefined) return known;
  const slots = new Set<bigint>();
  accounts.set(address, slots);
  return slots;
}
