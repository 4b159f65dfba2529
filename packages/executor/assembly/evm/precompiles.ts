// Which addresses are precompiles, and how one is run: identity and BLAKE2 F here, the others by the host.
import { begin, BLAKE2F_AREA, BLAKE2F_INPUT, BLAKE2F_OUTPUT, finish, mix } from "../blake2f/compression";
import { FRAME_GAS, FRAME_INPUT, FRAME_INPUT_SIZE } from "./frame";
import { setHalt } from "./halt";
import {
  EXCHANGE_GAS_USED, PRECOMPILE_HOST_FAILED, PRECOMPILE_OUT_OF_GAS, PRECOMPILE_REFUSED, PRECOMPILE_SUCCEEDED, precompile,
} from "./host";
import {
  BLOCK, BLOCK_FORK, EXCHANGE, FORK_CANCUN, FORK_OSAKA, FORK_PRAGUE, HALT_OUT_OF_GAS, HALT_PRECOMPILE_FAILED, TEMPORARIES,
  TEMPORARIES_SIZE, workerArena,
} from "./layout";
import { clearReturnData, setReturnData } from "./return-data";
import { hostFailed, outOfMemory, poll } from "./run-state";

const IDENTITY: u32 = 4;
const IDENTITY_GAS: i64 = 15;
const IDENTITY_WORD: i64 = 3;
const BLAKE2F: u32 = 9;
/** Its rounds, four bytes, come first (EIP-152). */
const BLAKE2F_SIZE: u32 = 4 + u32(BLAKE2F_INPUT);
/** Rounds from one poll to the next: a tenth of a millisecond, like calls that poll too. */
const BLAKE2F_PORTION: u32 = 8192;
const P256VERIFY: u32 = 0x100;

if (BLAKE2F_AREA > TEMPORARIES_SIZE) ERROR("BLAKE2 needs more scratch memory than there is for one operation");

/** The number of the precompile at `address` in the block's fork, 0 where there is none. */
export function precompileAt(address: usize): u32 {
  if (load<u64>(address) != 0 || load<u64>(address, 8) != 0 || load<u16>(address, 16) != 0) return 0;
  const number = u32(bswap<u16>(load<u16>(address, 18)));
  const fork = load<u32>(workerArena + BLOCK, BLOCK_FORK);
  if (number == P256VERIFY) return fork >= FORK_OSAKA ? number : 0; // EIP-7951
  return number <= lastPrecompile(fork) ? number : 0;
}

/** Runs precompile `number` on the frame's input with its gas; its output becomes the return data. */
export function runPrecompile(frame: usize, number: u32): bool {
  clearReturnData();
  if (poll()) return false;
  if (number == IDENTITY) return runIdentity(frame);
  if (number == BLAKE2F) return runBlake2f(frame);
  const gas = load<i64>(frame, FRAME_GAS);
  const status = precompile(number, load<u32>(frame, FRAME_INPUT), load<u32>(frame, FRAME_INPUT_SIZE), u64(gas));
  if (status == PRECOMPILE_SUCCEEDED) {
    store<i64>(frame, gas - load<i64>(workerArena + EXCHANGE, EXCHANGE_GAS_USED), FRAME_GAS);
    return true;
  }
  clearReturnData();
  if (status == PRECOMPILE_HOST_FAILED) hostFailed();
  else if (status == PRECOMPILE_OUT_OF_GAS) setHalt(HALT_OUT_OF_GAS);
  else if (status == PRECOMPILE_REFUSED) setHalt(HALT_PRECOMPILE_FAILED);
  else outOfMemory();
  return false;
}

function runIdentity(frame: usize): bool {
  const size: usize = load<u32>(frame, FRAME_INPUT_SIZE);
  const gas = load<i64>(frame, FRAME_GAS) - IDENTITY_GAS - i64((size + 31) >> 5) * IDENTITY_WORD;
  if (gas < 0) {
    setHalt(HALT_OUT_OF_GAS);
    return false;
  }
  store<i64>(frame, gas, FRAME_GAS);
  if (size > 0) setReturnData(load<u32>(frame, FRAME_INPUT), size);
  return true;
}

/** BLAKE2b's compression (EIP-152): a gas for each round, and all gas for an input of another form. */
function runBlake2f(frame: usize): bool {
  const input: usize = load<u32>(frame, FRAME_INPUT);
  if (load<u32>(frame, FRAME_INPUT_SIZE) != BLAKE2F_SIZE || load<u8>(input + BLAKE2F_SIZE - 1) > 1) {
    setHalt(HALT_PRECOMPILE_FAILED);
    return false;
  }
  const rounds = bswap<u32>(load<u32>(input));
  const gas = load<i64>(frame, FRAME_GAS) - i64(rounds);
  if (gas < 0) {
    setHalt(HALT_OUT_OF_GAS);
    return false;
  }
  store<i64>(frame, gas, FRAME_GAS);
  const area = workerArena + TEMPORARIES;
  memory.copy(area, input + 4, BLAKE2F_INPUT);
  begin(area);
  for (let done: u32 = 0; done != rounds; ) {
    if (poll()) return false;
    const portion = min(BLAKE2F_PORTION, rounds - done);
    mix(area, done, portion);
    done += portion;
  }
  finish(area);
  setReturnData(area, BLAKE2F_OUTPUT);
  return true;
}

function lastPrecompile(fork: u32): u32 {
  if (fork >= FORK_PRAGUE) return 0x11; // EIP-2537
  return fork >= FORK_CANCUN ? 0x0a : 0x09; // EIP-4844
}
