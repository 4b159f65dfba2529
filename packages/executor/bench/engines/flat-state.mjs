// The fastest state manager that stock @ethereumjs/vm can be given: flat maps in memory, and a journal that undoes.
import { Account, unpadBytes } from '@ethereumjs/util';
import { EMPTY_CODE_HASH, hexToBytes, keccak256 } from '@heddle/primitives';

const NOTHING = new Uint8Array(0);
const EMPTY_HASH = hexToBytes(EMPTY_CODE_HASH);
const GONE = Symbol('no such key');

/** What @ethereumjs calls a state manager, without roots. */
export class FlatState {
  #accounts = new Map();
  /** By account, then by slot. */
  #slots = new Map();
  #codes = new Map();
  /** Map, key and value before, of every change since the first checkpoint. */
  #undo = [];
  #checkpoints = [];
  #originals = new Map();
  originalStorageCache = {
    get: (address, key) => this.#original(address, key),
    clear: () => this.#originals.clear(),
  };

  constructor(alloc) {
    for (const { address, balance, nonce, code, storage } of alloc) {
      const name = nameOf(hexToBytes(address));
      const codeHash = code.length === 0 ? EMPTY_HASH : keccak256(code);
      this.#accounts.set(name, new Account(nonce, balance, undefined, codeHash));
      if (code.length > 0) this.#codes.set(nameOf(codeHash), code);
      const slots = [...storage].map(([slot, value]) => [nameOf(hexToBytes(slot)), unpadBytes(hexToBytes(value))]);
      if (slots.length > 0) this.#slots.set(name, new Map(slots));
    }
  }

  async getAccount({ bytes }) {
    const account = this.#accounts.get(nameOf(bytes));
    // Stock changes what it is given: a copy is what it may have.
    return account && Object.assign(Object.create(Account.prototype), account);
  }

  async putAccount({ bytes }, account) {
    this.#set(this.#accounts, nameOf(bytes), account && Object.assign(Object.create(Account.prototype), account));
  }

  async deleteAccount({ bytes }) {
    this.#set(this.#accounts, nameOf(bytes), undefined);
  }

  async modifyAccountFields(address, fields) {
    await this.putAccount(address, Object.assign((await this.getAccount(address)) ?? new Account(), fields));
  }

  async putCode(address, code) {
    const codeHash = keccak256(code);
    this.#set(this.#codes, nameOf(codeHash), code);
    await this.modifyAccountFields(address, { codeHash });
  }

  async getCode({ bytes }) {
    const account = this.#accounts.get(nameOf(bytes));
    return (account && this.#codes.get(nameOf(account.codeHash))) ?? NOTHING;
  }

  async getCodeSize(address) {
    return (await this.getCode(address)).length;
  }

  async getStorage({ bytes }, key) {
    return this.#slot(nameOf(bytes), nameOf(key));
  }

  async putStorage({ bytes }, key, value) {
    const name = nameOf(bytes);
    if (this.#slots.get(name) === undefined) this.#set(this.#slots, name, new Map());
    this.#set(this.#slots.get(name), nameOf(key), unpadBytes(value));
  }

  async clearStorage({ bytes }) {
    this.#set(this.#slots, nameOf(bytes), undefined);
  }

  async checkpoint() {
    this.#checkpoints.push(this.#undo.length);
  }

  async commit() {
    this.#checkpoints.pop();
  }

  async revert() {
    const end = this.#checkpoints.pop();
    while (this.#undo.length > end) {
      const [map, key, value] = this.#undo.pop();
      if (value === GONE) map.delete(key);
      else map.set(key, value);
    }
  }

  clearCaches() {}

  #slot(account, slot) {
    return this.#slots.get(account)?.get(slot) ?? NOTHING;
  }

  /** The value before the transaction (EIP-2200): what it was when it was first asked for. */
  async #original({ bytes }, key) {
    const [account, slot] = [nameOf(bytes), nameOf(key)];
    const name = account + slot;
    if (!this.#originals.has(name)) this.#originals.set(name, this.#slot(account, slot));
    return this.#originals.get(name);
  }

  #set(map, key, value) {
    if (this.#checkpoints.length > 0) this.#undo.push([map, key, map.has(key) ? map.get(key) : GONE]);
    map.set(key, value);
  }
}

function nameOf(bytes) {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).latin1Slice();
}
