// Lists of 16-byte items that grow while a run goes on: what it read, what it wrote.
import { allocate } from "./arena";
import {
  ITEM_HEAD, ITEM_KIND, ITEM_OPERAND, ITEM_RECORD, ITEM_SIZE, SEGMENT_CAPACITY, SEGMENT_COUNT, SEGMENT_ITEMS, SEGMENT_NEXT,
  SEGMENT_SIZE,
} from "./layout";

/** Appends an item to the list that ends in segment `last` (0: none yet). The last segment now, 0 when memory is short. */
export function append(last: usize, head: usize, kind: u32, record: usize, extra: usize): usize {
  let segment = last;
  if (segment == 0 || load<u32>(segment, SEGMENT_COUNT) == SEGMENT_CAPACITY) {
    segment = allocate(SEGMENT_SIZE);
    if (segment == 0) return 0;
    store<u32>(segment, 0, SEGMENT_NEXT);
    store<u32>(segment, 0, SEGMENT_COUNT);
    if (last != 0) store<u32>(last, u32(segment), SEGMENT_NEXT);
  }
  const count = load<u32>(segment, SEGMENT_COUNT);
  const item = itemAt(segment, count);
  store<u32>(item, u32(head), ITEM_HEAD);
  store<u32>(item, kind, ITEM_KIND);
  store<u32>(item, u32(record), ITEM_RECORD);
  store<u32>(item, u32(extra), ITEM_OPERAND);
  store<u32>(segment, count + 1, SEGMENT_COUNT);
  return segment;
}

@inline
export function itemAt(segment: usize, index: u32): usize {
  return segment + SEGMENT_ITEMS + usize(index) * ITEM_SIZE;
}
