// Which operations take their operands, and leave their result, where cells say.
import * as op from "../opcodes";

/** From the stack as it is, so that all values must be at their places before it. */
export const FORM_AS_IT_IS: u32 = 0;
/** The same, and the loop is left. */
export const FORM_LEAVES: u32 = 1;
/** No operand, one, two or three, and a result. */
export const FORM_NULLARY: u32 = 2;
export const FORM_UNARY: u32 = 3;
export const FORM_BINARY: u32 = 4;
export const FORM_TERNARY: u32 = 5;
/** Two operands and no result. */
export const FORM_TAKES_TWO: u32 = 6;

/** The form of an operation that is more than a movement on the stack, a comparison or a jump. */
export function formOf(opcode: u32): u32 {
  switch (opcode) {
    case op.ADD: case op.MUL: case op.SUB: case op.DIV: case op.SDIV: case op.MOD: case op.SMOD: case op.EXP:
    case op.SIGNEXTEND: case op.AND: case op.OR: case op.XOR: case op.BYTE: case op.SHL: case op.SHR: case op.SAR:
    case op.KECCAK256:
      return FORM_BINARY;
    case op.ADDMOD: case op.MULMOD:
      return FORM_TERNARY;
    case op.NOT: case op.CLZ: case op.MLOAD: case op.CALLDATALOAD: case op.SLOAD: case op.TLOAD:
      return FORM_UNARY;
    case op.MSTORE: case op.MSTORE8: case op.SSTORE:
      return FORM_TAKES_TWO;
    case op.ADDRESS: case op.ORIGIN: case op.CALLER: case op.CALLVALUE: case op.CALLDATASIZE: case op.CODESIZE:
    case op.GASPRICE: case op.RETURNDATASIZE: case op.COINBASE: case op.TIMESTAMP: case op.NUMBER: case op.PREVRANDAO:
    case op.GASLIMIT: case op.CHAINID: case op.BASEFEE: case op.BLOBBASEFEE: case op.MSIZE: case op.GAS:
      return FORM_NULLARY;
    case op.STOP: case op.CREATE: case op.CALL: case op.CALLCODE: case op.RETURN: case op.DELEGATECALL: case op.CREATE2:
    case op.STATICCALL: case op.REVERT: case op.SELFDESTRUCT:
      return FORM_LEAVES;
    default:
      return FORM_AS_IT_IS;
  }
}
