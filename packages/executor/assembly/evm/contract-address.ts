// Where a new contract stands: twenty bytes of a Keccak-256.
import { keccak256 } from "../keccak";
import { TEMPORARIES, workerArena } from "./layout";
import { writeWord } from "./words/bytes";
import { copyWord } from "./words/word";

const ADDRESS_IN_HASH: usize = 12;

/** CREATE: writes the 20 bytes of keccak(rlp([`creator`, `nonce`])) to `address`. */
export function addressByNonce(address: usize, creator: usize, nonce: u64): void {
  const list = workerArena + TEMPORARIES;
  const nonceBytes: usize = (71 - usize(clz<u64>(nonce))) >> 3;
  const isOneByte = nonce < 0x80;
  const size: usize = 21 + (isOneByte ? 1 : 1 + nonceBytes);
  store<u8>(list, u8(0xc0 + size));
  store<u8>(list, 0x94, 1);
  memory.copy(list + 2, creator, 20);
  if (isOneByte) {
    store<u8>(list, nonce == 0 ? 0x80 : u8(nonce), 22);
  } else {
    store<u8>(list, u8(0x80 + nonceBytes), 22);
    store<u64>(list, bswap<u64>(nonce << ((8 - u64(nonceBytes)) << 3)), 23);
  }
  finish(address, list, 1 + size);
}

/** CREATE2 (EIP-1014): writes the 20 bytes of keccak(0xff, `creator`, `salt` (a word), `initCodeHash`) to `address`. */
export function addressBySalt(address: usize, creator: usize, salt: usize, initCodeHash: usize): void {
  const parts = workerArena + TEMPORARIES;
  store<u8>(parts, 0xff);
  memory.copy(parts + 1, creator, 20);
  writeWord(parts + 21, salt);
  copyWord(parts + 53, initCodeHash);
  finish(address, parts, 85);
}

function finish(address: usize, parts: usize, size: usize): void {
  const hash = workerArena + TEMPORARIES + 128;
  keccak256(hash, parts, size);
  memory.copy(address, hash + ADDRESS_IN_HASH, 20);
}
