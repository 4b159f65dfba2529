// CREATE and CREATE2: what they cost, and the frame that runs the init code.
import { accountAt, isOccupied, loadAccount, markAccount, setNonce, warmAccount } from "./accounts";
import { owns } from "./balances";
import { moveValue, refuse } from "./calls";
import { openCheckpoint } from "./checkpoints";
import { initCodeRoom, makeInitCode } from "./code";
import { create2Address, createAddress } from "./create-address";
import {
  DEPTH_LIMIT, extraRoom, FRAME_ACCOUNT, FRAME_CALLER, FRAME_CODE, FRAME_CREATE, FRAME_DEPTH, FRAME_GAS, FRAME_INPUT,
  FRAME_INPUT_SIZE, FRAME_IS_STATIC, FRAME_KIND, FRAME_PC, FRAME_SP, FRAME_VALUE, pushFrame,
} from "./frame";
import { INIT_CODE_WORD, KECCAK_WORD } from "./gas";
import { halt, outOfGas } from "./halt";
import {
  ACCOUNT_ADDRESS, ACCOUNT_CREATED, ACCOUNT_NONCE, BLOCK, BLOCK_CODE_SIZE_LIMIT, BLOCK_FORK, CODE_BYTES, CODE_SIZE,
  FORK_SHANGHAI, HALT_INITCODE_TOO_LARGE, HALT_WRITE_PROTECTION, workerArena,
} from "./layout";
import { bounded, byWords, reachMemory, workerMemory } from "./memory";
import * as op from "./opcodes";
import { clearReturnData } from "./return-data";
import { poll, workerVoid } from "./run-state";
import { reportCollision, reportFrame, reportPaid, TRACED } from "./trace";
import { copyWord, setSmall } from "./words/word";

const MAX_NONCE: u64 = 0xffffffffffffffff;

/**
 * Begins the creation at which `frame` stands. Returns the frame that has to run: the init code's, or `frame` again when
 * nothing comes of it; 0 when `frame` itself fails by it.
 */
export function create(frame: usize, opcode: u32): usize {
  if (poll()) return 0;
  const sp: usize = load<u32>(frame, FRAME_SP);
  const result = opcode == op.CREATE2 ? sp - 96 : sp - 64;
  let gas = payForCreation(frame, opcode, sp);
  if (gas < 0) return 0;
  if (TRACED) reportPaid(gas);
  const size = usize(bounded(sp - 64));
  const initCode = size == 0 ? workerMemory : workerMemory + usize(bounded(sp - 32));
  const given = gas - (gas >> 6); // all but one 64th (EIP-150)
  clearReturnData();
  store<u32>(frame, load<u32>(frame, FRAME_PC) + 1, FRAME_PC);
  store<u32>(frame, u32(result), FRAME_SP);
  store<i64>(frame, gas - given, FRAME_GAS);
  const creator: usize = load<u32>(frame, FRAME_ACCOUNT);
  loadAccount(creator);
  const nonce = load<u64>(creator, ACCOUNT_NONCE);
  const isTooDeep = load<u32>(frame, FRAME_DEPTH) >= DEPTH_LIMIT;
  if (isTooDeep || !owns(creator, sp) || nonce == MAX_NONCE) return refuse(frame, result, given);
  setNonce(creator, nonce + 1);
  const address =
    opcode == op.CREATE2
      ? create2Address(creator + ACCOUNT_ADDRESS, sp - 96, initCode, size)
      : createAddress(creator + ACCOUNT_ADDRESS, nonce);
  const created = accountAt(address);
  warmAccount(created);
  if (isOccupied(created)) {
    if (workerVoid) return 0;
    if (TRACED) reportCollision(load<u32>(frame, FRAME_DEPTH) + 1, creator, created, sp, initCode, u32(size), given);
    setSmall(result, 0);
    return frame;
  }
  const child = openCreation(frame, created, initCode, size);
  if (child == 0 || workerVoid) return 0;
  store<u32>(child, u32(creator), FRAME_CALLER);
  copyWord(child + FRAME_VALUE, sp);
  store<i64>(child, given, FRAME_GAS);
  startCreation(child);
  return workerVoid ? 0 : child;
}

/** A frame that runs the `size` bytes of init code for the account record `created`; the caller fills in the rest. */
export function openCreation(parent: usize, created: usize, initCode: usize, size: usize): usize {
  const frame = pushFrame(parent, initCodeRoom(size));
  if (frame == 0) return 0;
  const code = makeInitCode(extraRoom(frame), initCode, size);
  store<u32>(frame, FRAME_CREATE, FRAME_KIND);
  store<u32>(frame, u32(code), FRAME_CODE);
  store<u32>(frame, load<u32>(code, CODE_BYTES), FRAME_PC);
  store<u32>(frame, u32(created), FRAME_ACCOUNT);
  store<u32>(frame, 0, FRAME_INPUT);
  store<u32>(frame, 0, FRAME_INPUT_SIZE);
  store<u32>(frame, 0, FRAME_IS_STATIC);
  return frame;
}

/** Makes the account a contract (EIP-161: its nonce begins at 1) and moves the value. */
export function startCreation(frame: usize): void {
  const created: usize = load<u32>(frame, FRAME_ACCOUNT);
  if (TRACED) {
    const code: usize = load<u32>(frame, FRAME_CODE);
    reportFrame(frame, created + ACCOUNT_ADDRESS, load<u32>(code, CODE_BYTES), load<u32>(code, CODE_SIZE));
  }
  openCheckpoint(frame);
  markAccount(created, ACCOUNT_CREATED);
  setNonce(created, 1);
  moveValue(load<u32>(frame, FRAME_CALLER), created, frame + FRAME_VALUE);
}

/** The gas left when all but the init code's run is paid. */
function payForCreation(frame: usize, opcode: u32, sp: usize): i64 {
  if (load<u32>(frame, FRAME_IS_STATIC)) return halt(HALT_WRITE_PROTECTION);
  const size = bounded(sp - 64);
  let gas = load<i64>(frame, FRAME_GAS);
  const block = workerArena + BLOCK;
  if (load<u32>(block, BLOCK_FORK) >= FORK_SHANGHAI) {
    if (size > u64(load<u32>(block, BLOCK_CODE_SIZE_LIMIT)) * 2) return halt(HALT_INITCODE_TOO_LARGE);
    gas -= byWords(size, INIT_CODE_WORD);
  }
  if (opcode == op.CREATE2) gas -= byWords(size, KECCAK_WORD);
  if (gas < 0) return outOfGas();
  return reachMemory(bounded(sp - 32), size, gas);
}
