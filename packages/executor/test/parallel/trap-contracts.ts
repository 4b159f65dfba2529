import { type Address, type GenesisAccount, type Hash, hexToBytes, SYSTEM_CONTRACTS } from '@heddle/primitives';
import { assemble, initCodeOf } from '@heddle/testkit';
import { genesisAccount } from './test-chain.ts';

// What only traps call (contracts.ts: what random blocks call, too). Calldata: words of 32 bytes.

const load = (word: number) => [word * 32, 'CALLDATALOAD'];
const at = (index: number): Address => `0x${'c1'.repeat(19)}${index.toString(16).padStart(2, '0')}`;
const word = (value: bigint): Hash => `0x${value.toString(16).padStart(64, '0')}`;

/** Called without data it keeps what it gets; with a word it destroys itself in favour of that address, 0 for itself. */
const doomedCode = assemble(
  ...['CALLDATASIZE', 'ISZERO', { at: 'keep' }, 'JUMPI', ...load(0), 'DUP1', { at: 'other' }, 'JUMPI'],
  ...['ADDRESS', { label: 'other' }, 'SELFDESTRUCT', { label: 'keep' }],
);

/**
 * (heir, last heir, amount): makes a contract that gets half of the value, has it destroy itself in favour of the heir,
 * sends it the amount, and has it destroy itself once more in favour of the last heir unless that is 1.
 */
const undertakerCode = (() => {
  const init = initCodeOf(doomedCode);
  const kill = (heir: number) => [...load(heir), 0, 'MSTORE', 0, 0, 32, 0, 0, 'DUP6', 'GAS', 'CALL', 'POP'];
  const program = (offset: number) =>
    assemble(
      ...[init.length, Uint8Array.of(0x61, offset >> 8, offset & 0xff), 0, 'CODECOPY'],
      ...[init.length, 0, 2, 'CALLVALUE', 'DIV', 'CREATE'], // [the doomed]
      ...kill(0),
      ...[0, 0, 0, 0, ...load(2), 'DUP6', 'GAS', 'CALL', 'POP'],
      ...[1, ...load(1), 'EQ', { at: 'end' }, 'JUMPI'],
      ...kill(1),
      ...[{ label: 'end' }, 'STOP'],
    );
  return Buffer.concat([program(program(0).length), init]);
})();

/** (value): with a word it sets slot 0 to it; without one it makes as many logs as slot 0 says, each with its number. */
const heraldCode = assemble(
  ...['CALLDATASIZE', { at: 'set' }, 'JUMPI', 0, 'SLOAD', { label: 'again' }, 'DUP1', 'ISZERO', { at: 'end' }, 'JUMPI'],
  ...['DUP1', 0, 'MSTORE', 32, 0, 'LOG0', 1, 'SWAP1', 'SUB', { at: 'again' }, 'JUMP'],
  ...[{ label: 'set' }, ...load(0), 0, 'SSTORE', { label: 'end' }],
);

/**
 * (value): with a word it sets slot 0 to it. Without data it calls itself as many levels deeper as slot 0 says, or as gas
 * lasts, and notes in slot 1 how many levels were left then.
 */
const diverCode = (() => {
  const dive = [32, 0, 32, 0, 0, 'ADDRESS', 'GAS', 'CALL', 'POP'];
  return assemble(
    ...['ADDRESS', 'CALLER', 'EQ', { at: 'deeper' }, 'JUMPI', 'CALLDATASIZE', { at: 'set' }, 'JUMPI'],
    ...[0, 'SLOAD', 0, 'MSTORE', ...dive, 0, 'MLOAD', 1, 'SSTORE', 'STOP'],
    // Answers with the levels that are left when it goes no deeper.
    ...[{ label: 'deeper' }, ...load(0), 'DUP1', 'ISZERO', { at: 'bottom' }, 'JUMPI'],
    ...['DUP1', 1, 'SWAP1', 'SUB', 0, 'MSTORE', ...dive, { label: 'bottom' }, 32, 0, 'RETURN'],
    ...[{ label: 'set' }, ...load(0), 0, 'SSTORE'],
  );
})();

/** Stores in slots 0 to 3 whether two system contracts answer, and what: to the parent's number, and to the time. */
const historianCode = (() => {
  const ask = (contract: Address, slot: number) => [
    ...[0, 'MSTORE', 32, 32, 32, 0, contract, 'GAS', 'STATICCALL', slot, 'SSTORE', 32, 'MLOAD', slot + 1, 'SSTORE'],
  ];
  return assemble(
    ...[1, 'NUMBER', 'SUB', ...ask(SYSTEM_CONTRACTS.blockHashes.address, 0)],
    ...['TIMESTAMP', ...ask(SYSTEM_CONTRACTS.beaconRoots.address, 2)],
  );
})();

/** The addresses of all of them but the system contracts. */
export const TRAP_CONTRACTS = { undertaker: at(1), herald: at(2), diver: at(3), historian: at(4) } as const;

/** EIP-7002: the excess as a contract has it that the system has never called; until then it takes no request. */
const INHIBITOR = 2n ** 256n - 1n;

/**
 * All of them as a genesis holds them, and the system contracts: that of withdrawal requests as it stands in the first block
 * of a fork, that of consolidation requests as it stands later.
 */
export function trapContractAccounts(): GenesisAccount[] {
  const account = (address: Address, code: Uint8Array, storage: ReadonlyMap<Hash, Hash> = new Map()) =>
    genesisAccount(address, 0n, { nonce: 1n, code, storage });
  const { withdrawalRequests, ...others } = SYSTEM_CONTRACTS;
  return [
    account(TRAP_CONTRACTS.undertaker, undertakerCode),
    account(TRAP_CONTRACTS.herald, heraldCode, new Map([[word(0n), word(1n)]])),
    account(TRAP_CONTRACTS.diver, diverCode),
    account(TRAP_CONTRACTS.historian, historianCode),
    account(withdrawalRequests.address, hexToBytes(withdrawalRequests.code), new Map([[word(0n), word(INHIBITOR)]])),
    ...Object.values(others).map(({ address, code }) => account(address, hexToBytes(code))),
  ];
}
