// The addresses of new contracts.
import { keccak256 } from "../keccak";
import { TEMPORARIES, workerArena } from "./layout";
import { writeWord } from "./words/bytes";

const ADDRESS_SIZE: usize = 20;
/** Where in the temporaries what is hashed lies; before it the digest. */
const PREIMAGE: usize = 64;

/** CREATE: keccak(rlp([creator, nonce])), its last 20 bytes. Returns where they lie, which is good for a moment. */
export function createAddress(creator: usize, nonce: u64): usize {
  const start = workerArena + TEMPORARIES + PREIMAGE;
  store<u8>(start, u8(0x80 + ADDRESS_SIZE), 1);
  memory.copy(start + 2, creator, ADDRESS_SIZE);
  const nonceSize = writeNonce(start + 2 + ADDRESS_SIZE, nonce);
  store<u8>(start, u8(0xc0 + 1 + ADDRESS_SIZE + nonceSize));
  return hashToAddress(start, 2 + ADDRESS_SIZE + nonceSize);
}

/** CREATE2: keccak(0xff, creator, salt, keccak(init code)), its last 20 bytes (EIP-1014). */
export function create2Address(creator: usize, salt: usize, initCode: usize, size: usize): usize {
  const start = workerArena + TEMPORARIES + PREIMAGE;
  store<u8>(start, 0xff);
  memory.copy(start + 1, creator, ADDRESS_SIZE);
  writeWord(start + 21, salt);
  keccak256(start + 53, initCode, size);
  return hashToAddress(start, 85);
}

function hashToAddress(start: usize, size: usize): usize {
  const digest = workerArena + TEMPORARIES;
  keccak256(digest, start, size);
  return digest + 12;
}

/** RLP of a number; returns its size. */
function writeNonce(target: usize, nonce: u64): usize {
  if (nonce != 0 && nonce < 0x80) {
    store<u8>(target, u8(nonce));
    return 1;
  }
  const size: usize = (71 - usize(clz<u64>(nonce))) >> 3;
  store<u8>(target, u8(0x80 + size));
  for (let index: usize = 0; index < size; index++) {
    store<u8>(target + size - index, u8(nonce >> (u64(index) << 3)));
  }
  return size + 1;
}
