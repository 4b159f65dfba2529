/** Opcodes by name, as of Osaka; DIFFICULTY, of old, is PREVRANDAO. */
export const OPCODES: Readonly<Record<string, number>> = {
  ...opcodesFrom(0x00, 'STOP ADD MUL SUB DIV SDIV MOD SMOD ADDMOD MULMOD EXP SIGNEXTEND'),
  ...opcodesFrom(0x10, 'LT GT SLT SGT EQ ISZERO AND OR XOR NOT BYTE SHL SHR SAR CLZ'),
  ...opcodesFrom(0x20, 'KECCAK256'),
  ...opcodesFrom(0x30, 'ADDRESS BALANCE ORIGIN CALLER CALLVALUE CALLDATALOAD CALLDATASIZE CALLDATACOPY'),
  ...opcodesFrom(0x38, 'CODESIZE CODECOPY GASPRICE EXTCODESIZE EXTCODECOPY RETURNDATASIZE RETURNDATACOPY EXTCODEHASH'),
  ...opcodesFrom(0x40, 'BLOCKHASH COINBASE TIMESTAMP NUMBER PREVRANDAO GASLIMIT CHAINID SELFBALANCE'),
  ...opcodesFrom(0x48, 'BASEFEE BLOBHASH BLOBBASEFEE'),
  ...opcodesFrom(0x50, 'POP MLOAD MSTORE MSTORE8 SLOAD SSTORE JUMP JUMPI PC MSIZE GAS JUMPDEST TLOAD TSTORE MCOPY'),
  ...numbered(0x5f, 'PUSH', 0, 32),
  ...numbered(0x80, 'DUP', 1, 16),
  ...numbered(0x90, 'SWAP', 1, 16),
  ...numbered(0xa0, 'LOG', 0, 4),
  ...opcodesFrom(0xf0, 'CREATE CALL CALLCODE RETURN DELEGATECALL CREATE2'),
  ...opcodesFrom(0xfa, 'STATICCALL'),
  ...opcodesFrom(0xfd, 'REVERT INVALID SELFDESTRUCT'),
};

const NAMES = new Map(Object.entries(OPCODES).map(([name, opcode]) => [opcode, name]));

/** What the opcode is called; undefined where no fork up to Osaka has one. */
export function opcodeName(opcode: number): string | undefined {
  return NAMES.get(opcode);
}

function opcodesFrom(first: number, names: string): Record<string, number> {
  return Object.fromEntries(names.split(' ').map((name, index) => [name, first + index]));
}

function numbered(first: number, name: string, low: number, high: number): Record<string, number> {
  const entries: [string, number][] = [];
  for (let number = low; number <= high; number++) entries.push([`${name}${number}`, first + number - low]);
  return Object.fromEntries(entries);
}
