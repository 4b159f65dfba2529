// The operations that are rare or long: in either form of the loop they take their operands from the top of the stack.
import * as copies from "./instructions/copies";
import * as environment from "./instructions/environment";
import * as storage from "./instructions/storage";
import * as op from "./opcodes";

/**
 * Runs `opcode` on the stack whose top is at `sp`; its result lies where the top will be, growthOf() words from there.
 * Returns the gas left; below 0 the frame fails with `workerHalt`.
 */
export function operate(opcode: u32, sp: usize, gas: i64): i64 {
  switch (opcode) {
    case op.BALANCE: return environment.balance(sp, gas);
    case op.CALLDATACOPY: return copies.callDataCopy(sp, gas);
    case op.CODECOPY: return copies.codeCopy(sp, gas);
    case op.EXTCODESIZE: return environment.extCodeSize(sp, gas);
    case op.EXTCODECOPY: return copies.extCodeCopy(sp, gas);
    case op.RETURNDATACOPY: return copies.returnDataCopy(sp, gas);
    case op.EXTCODEHASH: return environment.extCodeHash(sp, gas);
    case op.BLOCKHASH: return environment.blockHash(sp, gas);
    case op.SELFBALANCE: return environment.selfBalance(sp + 32, gas);
    case op.BLOBHASH: {
      environment.blobHash(sp);
      return gas;
    }
    case op.TSTORE: return storage.tstore(sp, gas);
    case op.MCOPY: return copies.memoryCopy(sp, gas);
    case op.RETURN:
    case op.REVERT: return copies.setOutput(sp, gas);
    default: return copies.log(sp, gas, opcode - op.LOG0);
  }
}
