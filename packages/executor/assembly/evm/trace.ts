// What the traced build tells its host of a run while it runs. The other build compiles nothing of it, so that its loop
// pays nothing. Pointers are good during the call alone; src/tracer.ts says what each report means.
import {
  FRAME_ACCOUNT, FRAME_CALLER, FRAME_CREATE, FRAME_DEPTH, FRAME_GAS, FRAME_INPUT, FRAME_INPUT_SIZE, FRAME_KIND, FRAME_STACK,
  FRAME_VALUE,
} from "./frame";
import { HOST_FAILED } from "./host";
import { workerRefund } from "./journal";
import { ACCOUNT_ADDRESS, HALT_COLLISION } from "./layout";
import { workerFrame, workerMemory, workerMemorySize } from "./memory";
import { returnData, workerReturnSize } from "./return-data";
import { hostFailed } from "./run-state";

/** Whether this build reports: asconfig.evm.json defines HEDDLE_TRACED for one of them. */
export const TRACED: bool = isDefined(HEDDLE_TRACED);

@external("trace", "step")
declare function step(
  pc: u32, opcode: u32, gas: i64, depth: u32, sp: usize, height: u32, memory: usize, memorySize: u32,
): u32;

@external("trace", "stepPaid")
declare function stepPaid(gasLeft: i64, refund: i64): void;

@external("trace", "frameStart")
declare function frameStart(
  isCreation: u32, depth: u32, caller: usize, address: usize, code: usize, value: usize, input: usize, inputSize: u32, gas: i64,
): void;

@external("trace", "frameEnd")
declare function frameEnd(depth: u32, halt: u32, opcode: u32, gasLeft: i64, output: usize, outputSize: u32): void;

@external("trace", "storage")
declare function storage(address: usize, key: usize, value: usize): void;

/** Before each operation, whatever becomes of it. False: the host wants no more, and the run is void. */
export function reportStep(pc: usize, opcode: u32, sp: usize, gas: i64): bool {
  const height = u32((sp - <usize>load<u32>(workerFrame, FRAME_STACK)) >> 5);
  stepPaid(gas, workerRefund);
  const status = step(
    u32(pc), opcode, gas, load<u32>(workerFrame, FRAME_DEPTH), sp, height, workerMemory, u32(workerMemorySize),
  );
  if (status == HOST_FAILED) hostFailed();
  return status != HOST_FAILED;
}

/** When the operation that was reported last is paid: a call or creation, or what ends its frame. */
export function reportPaid(gasLeft: i64): void {
  stepPaid(gasLeft, workerRefund);
}

/** When `frame` begins, before its value moves: it runs the code of the account at `code`, or its input. */
export function reportFrame(frame: usize, code: usize, input: usize, inputSize: u32): void {
  frameStart(
    u32(load<u32>(frame, FRAME_KIND) == FRAME_CREATE), load<u32>(frame, FRAME_DEPTH), addressOf(frame, FRAME_CALLER),
    addressOf(frame, FRAME_ACCOUNT), code, frame + FRAME_VALUE, input, inputSize, load<i64>(frame, FRAME_GAS),
  );
}

/** When `frame` is over for the reason `halt`, with its output as return data. */
export function reportFrameEnd(frame: usize, halt: u32, opcode: u32): void {
  const depth = load<u32>(frame, FRAME_DEPTH);
  frameEnd(depth, halt, opcode, load<i64>(frame, FRAME_GAS), returnData(), u32(workerReturnSize));
}

/** A creation that finds its address occupied, and so has no frame: begins and ends, its gas gone. */
export function reportCollision(
  depth: u32, caller: usize, created: usize, value: usize, input: usize, size: u32, gas: i64,
): void {
  const address = created + ACCOUNT_ADDRESS;
  frameStart(1, depth, caller + ACCOUNT_ADDRESS, address, address, value, input, size, gas);
  frameEnd(depth, HALT_COLLISION, 0, 0, 0, 0);
}

/** When the frame that runs has read the word at `value` from its slot `key` (a word), or is about to write it there. */
export function reportStorage(key: usize, value: usize): void {
  storage(addressOf(workerFrame, FRAME_ACCOUNT), key, value);
}

@inline
function addressOf(frame: usize, field: usize): usize {
  return <usize>load<u32>(frame + field) + ACCOUNT_ADDRESS;
}
