import { bigIntToBytesOfSize, bytesToHex } from '@heddle/primitives';
import { expect, it } from 'vitest';
import { SLOT_RECORD_BYTES, type SlotChange, SlotChanges } from '../../src/state/slot-changes.ts';

const word = (value: number) => bigIntToBytesOfSize(BigInt(value), 32);
const viewOf = ({ buffer, byteOffset, length }: Uint8Array) => new DataView(buffer, byteOffset, length);

it('gives back the changes that were added, by value and by place, in their order', () => {
  const added: [slot: `0x${string}`, change: SlotChange][] = [];
  for (let index = 0; index < 40; index++) {
    added.push([bytesToHex(word(7 * index)), { before: word(index % 3), after: word(1_000 + index) }]);
  }
  const changes = new SlotChanges(added.slice(0, 20));
  for (const [slot, { before, after }] of added.slice(20)) {
    const source = viewOf(Buffer.concat([after, Buffer.from(slot.slice(2), 'hex'), before]));
    changes.addFrom(source, 32, before[31] === 0 ? undefined : 64, 0);
  }
  expect(changes.size).toBe(40);
  expect([...changes]).toEqual(added);
  expect([...changes.keys()]).toEqual(added.map(([slot]) => slot));
  expect(changes.records).toHaveLength(40 * SLOT_RECORD_BYTES);
});

it('hands out values that are not overwritten by what is added later', () => {
  const changes = new SlotChanges([[bytesToHex(word(1)), { before: word(0), after: word(2) }]]);
  const [first] = changes;
  changes.addFrom(viewOf(new Uint8Array(96)), 0, 32, 64);
  expect(first?.[1].after).toEqual(word(2));
});
