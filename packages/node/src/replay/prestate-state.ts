import { genesisOperations, type StateReader, type StoredAccount } from '@heddle/executor';
import {
  type Address,
  EMPTY_BYTES,
  EMPTY_CODE_HASH,
  type GenesisAccount,
  type Hash,
  hexToBytes,
  ZERO_HASH,
} from '@heddle/primitives';
import { MemoryStore } from '../foreign/memory-store.ts';
import type { ListedAccount, Prestate } from './read-prestate.ts';
import type { MissingRead, ReplayState } from './replay-state.ts';

const ZERO_VALUE = new Uint8Array(32);
/** EIP-7002 and EIP-7251: what holds a block's requests. */
const REQUEST_CONTRACTS: ReadonlySet<Address> = new Set([
  '0x00000961ef480eb55e80d19ad83579a64c007002',
  '0x0000bbddc7ce488642fb579f8b00f3a590007251',
]);
/** What one report holds of what is missing. */
const MAX_MISSING = 10_000;

/** The state that `prestate` lists for a block with so many transactions. */
export function createPrestateState(prestate: Prestate, transactionCount: number): ReplayState {
  const reader = new PrestateReader(prestate, transactionCount);
  return {
    reader,
    isProven: false,
    at: (place) => reader.at(place),
    missing: () => reader.missing(),
    knowsRequests: () => reader.knowsRequests(),
    records() {
      const { stateRoot, operations } = genesisOperations(reader.accounts());
      const source = new MemoryStore();
      source.write(operations);
      return { stateRoot, source, operations: () => operations };
    },
  };
}

class PrestateReader implements StateReader {
  readonly #prestate: Prestate;
  readonly #transactionCount: number;
  readonly #codes: ReadonlyMap<Hash, Uint8Array>;
  readonly #missing = new Map<string, MissingRead>();
  /** Listed for the first time after a transaction had read them: the block made them. */
  readonly #madeLater = new Set<Address>();
  #place = -1;
  #lacksRequests = false;

  constructor(prestate: Prestate, transactionCount: number) {
    this.#prestate = prestate;
    this.#transactionCount = transactionCount;
    this.#codes = new Map([...prestate.values()].map(({ codeHash, code }) => [codeHash, code]));
  }

  at(place: number): void {
    this.#place = place;
  }

  missing(): readonly MissingRead[] {
    return [...this.#missing.values()];
  }

  knowsRequests(): boolean {
    return !this.#lacksRequests;
  }

  account(address: Address): StoredAccount | undefined {
    const listed = this.#prestate.get(address);
    if (listed === undefined) this.#note(address, undefined);
    if (listed === undefined || isEmpty(listed) || this.#isMadeLater(address, listed)) return undefined;
    const { nonce, balance, codeHash } = listed;
    return { nonce, balance, codeHash, incarnation: 0, slotCount: slotsOf(listed).size };
  }

  slot(address: Address, _incarnation: number, slot: Hash): Uint8Array {
    const value = this.#prestate.get(address)?.slots.get(slot);
    if (value === undefined) this.#note(address, slot);
    return value === undefined || this.#madeLater.has(address) ? ZERO_VALUE : hexToBytes(value);
  }

  code(codeHash: Hash): Uint8Array {
    return this.#codes.get(codeHash) ?? EMPTY_BYTES;
  }

  /** Those that were there before the block. */
  accounts(): GenesisAccount[] {
    return [...this.#prestate]
      .filter(([address, listed]) => !isEmpty(listed) && !this.#madeLater.has(address))
      .map(([address, listed]) => {
        const { balance, nonce, code } = listed;
        return { address, balance, nonce, code, storage: slotsOf(listed) };
      });
  }

  /**
   * A tracer names what a transaction touches unless it is empty. So what an earlier transaction touched, and only a
   * later prestate names, came to be in between, and stands there as it was then.
   */
  #isMadeLater(address: Address, { firstListed }: ListedAccount): boolean {
    if (this.#isInTransaction() && this.#place < firstListed) this.#madeLater.add(address);
    return this.#madeLater.has(address);
  }

  #note(address: Address, slot: Hash | undefined): void {
    if (this.#place >= this.#transactionCount) this.#lacksRequests ||= REQUEST_CONTRACTS.has(address);
    // What stands before and after the transactions changes nothing that can be checked without the state's root.
    if (!this.#isInTransaction() || this.#missing.size >= MAX_MISSING) return;
    const key = `${address} ${slot ?? ''}`;
    if (!this.#missing.has(key)) this.#missing.set(key, { transaction: this.#place, address, slot });
  }

  #isInTransaction(): boolean {
    return this.#place >= 0 && this.#place < this.#transactionCount;
  }
}

/** Tracers name accounts that do not exist with a balance of zero; none that is empty has been there since EIP-161. */
function isEmpty({ balance, nonce, codeHash }: ListedAccount): boolean {
  return balance === 0n && nonce === 0n && codeHash === EMPTY_CODE_HASH;
}

function slotsOf({ slots }: ListedAccount): Map<Hash, Hash> {
  return new Map([...slots].filter(([, value]) => value !== ZERO_HASH));
}
