// Blocks for processes that are killed while they write them; after block N everything that they change says N.
import { SlotChanges } from '@heddle/executor';
import { bigIntToBytesOfSize, bytesToHex, EMPTY_CODE_HASH, encodeHeader, hashHeader } from '@heddle/primitives';

const word = (value) => bigIntToBytesOfSize(BigInt(value), 32);

/** The balance of `contract` and all of its slots become the block's number. */
export function countingDiff(number, contract, slotCount) {
  const account = (balance) => ({ nonce: 1n, balance: BigInt(balance), codeHash: EMPTY_CODE_HASH, incarnation: 1 });
  const before = number === 1 ? undefined : { ...account(number - 1), slotCount };
  const change = { before: word(number - 1), after: word(number) };
  const slots = Array.from({ length: slotCount }, (_, slot) => [bytesToHex(word(slot)), change]);
  return {
    accounts: new Map([[contract, { before, after: account(number) }]]),
    slots: new Map([[contract, new SlotChanges(slots)]]),
    codes: new Map(),
  };
}

/** An empty block of that state on `parent`, a header with the hash `parentHash`, and the head that it makes. */
export function countingBlock(parent, parentHash, stateRoot) {
  const header = { ...parent, number: parent.number + 1, stateRoot, parentHash };
  const head = {
    number: header.number,
    hash: hashHeader(header),
    header: encodeHeader(header),
    certificate: Uint8Array.of(0xc0),
    validators: Uint8Array.of(1),
    nextValidators: Uint8Array.of(2),
  };
  return { block: { header, transactions: [], withdrawals: [] }, head };
}
