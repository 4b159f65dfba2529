import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Address, bytesToHex, EMPTY_BYTES, EMPTY_CODE_HASH, type Hash, keccak256Hex } from '@heddle/primitives';
import type { JsonField } from '../files/json-field.ts';
import { MAX_STATE_FILE_BYTES, readInput } from './read-input.ts';
import { prestateCodeMissing } from './replay-errors.ts';

/** An account as it was when a prestate first named it. */
export interface ListedAccount {
  readonly balance: bigint;
  readonly nonce: bigint;
  readonly codeHash: Hash;
  readonly code: Uint8Array;
  /** Zeros too: they are known. */
  readonly slots: Map<Hash, Hash>;
  /** Place of the first transaction whose prestate names it; 0 for a prestate of the whole block. */
  readonly firstListed: number;
}

/** What a block's transactions found, by account. */
export type Prestate = ReadonlyMap<Address, ListedAccount>;

const MAX_UINT64 = (1n << 64n) - 1n;
const MAX_UINT256 = (1n << 256n) - 1n;
/** Where codes stand that a prestate names by their hashes, unless the user says: beside it. */
const CODES_FILE = 'bytecodes.json';

/**
 * The prestate in `file`: one object of accounts, or what `debug_traceBlockByNumber` answers with geth's
 * `prestateTracer`, one such object a transaction. These merge: of an account and of a slot the first counts.
 *
 * @throws HeddleError `FILE_UNREADABLE`, `FILE_MALFORMED`, `REPLAY_FILE_TOO_LARGE`, `REPLAY_CODE_MISSING`
 */
export function readPrestate(file: string, codesFile: string | undefined): Prestate {
  const json = readInput(file, MAX_STATE_FILE_BYTES);
  const codes = new CodeFile(codesFile ?? join(dirname(file), CODES_FILE));
  const prestate = new Map<Address, ListedAccount>();
  const parts = Array.isArray(json.value) ? json.elements().map(partOf) : [json];
  for (const [place, part] of parts.entries()) addPart(prestate, part, { place, codes });
  return prestate;
}

/** One transaction's accounts: `{"txHash", "result"}` as a trace of a block has it, or the accounts alone. */
function partOf(element: JsonField): JsonField {
  const error = element.field('error');
  if (!error.isAbsent) throw error.malformed('a trace: the node could not trace this transaction');
  const result = element.field('result');
  return result.isAbsent ? element : result;
}

function addPart(
  prestate: Map<Address, ListedAccount>,
  part: JsonField,
  { place, codes }: { readonly place: number; readonly codes: CodeFile },
): void {
  for (const [key, field] of part.fields()) {
    if (key === 'pre' || key === 'post') {
      throw field.malformed('accounts: trace with prestateTracer without diffMode, which leaves out what is only read');
    }
    const address = addressOf(key, field);
    const known = prestate.get(address);
    const account = known ?? readAccount(field, place, codes);
    if (known === undefined) prestate.set(address, account);
    for (const [slot, value] of readSlots(field)) if (!account.slots.has(slot)) account.slots.set(slot, value);
  }
}

function addressOf(key: string, field: JsonField): Address {
  if (!/^0x[0-9a-fA-F]{40}$/.test(key)) {
    throw field.malformed('an address as the key: 0x and 40 hexadecimal digits (is this output of prestateTracer?)');
  }
  return key.toLowerCase() as Address;
}

function readAccount(field: JsonField, place: number, codes: CodeFile): ListedAccount {
  const nonce = field.field('nonce');
  return {
    balance: field.field('balance').integer(0n, MAX_UINT256),
    nonce: nonce.isAbsent ? 0n : nonce.integer(0n, MAX_UINT64),
    ...readCode(field, codes),
    slots: new Map(),
    firstListed: place,
  };
}

function readCode(field: JsonField, codes: CodeFile): Pick<ListedAccount, 'code' | 'codeHash'> {
  const [code, hash] = [field.field('code'), codeHashField(field)];
  const named = hash.isAbsent ? EMPTY_CODE_HASH : hash.bytesOfSize(32);
  const bytes = code.isAbsent ? codes.get(named, hash) : code.bytes();
  const codeHash = keccak256Hex(bytes);
  if (!hash.isAbsent && codeHash !== named) throw hash.malformed(`${codeHash}, the hash of its code`);
  return { code: bytes, codeHash };
}

function codeHashField(field: JsonField): JsonField {
  const hash = field.field('codeHash');
  return hash.isAbsent ? field.field('code_hash') : hash;
}

function readSlots(field: JsonField): [Hash, Hash][] {
  const storage = field.field('storage');
  if (storage.isAbsent) return [];
  return storage.fields().map(([key, value]) => {
    if (!/^0x[0-9a-fA-F]{1,64}$/.test(key)) throw value.malformed('a slot as the key: 0x and up to 64 digits');
    return [`0x${key.slice(2).toLowerCase().padStart(64, '0')}`, value.word()];
  });
}

/** Codes by hash, read when the first is asked for. */
class CodeFile {
  readonly #file: string;
  #codes: ReadonlyMap<Hash, Uint8Array> | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  get(hash: Hash, field: JsonField): Uint8Array {
    if (hash === EMPTY_CODE_HASH) return EMPTY_BYTES;
    this.#codes ??= existsSync(this.#file) ? readCodes(this.#file) : new Map<Hash, Uint8Array>();
    const code = this.#codes.get(hash);
    if (code === undefined) throw prestateCodeMissing(`${field.file}: ${field.path}`, hash, this.#file);
    return code;
  }
}

function readCodes(file: string): Map<Hash, Uint8Array> {
  const codes = readInput(file, MAX_STATE_FILE_BYTES).fields();
  return new Map(codes.map(([hash, code]) => [bytesToHex(Buffer.from(hash.slice(2), 'hex')), code.bytes()]));
}
