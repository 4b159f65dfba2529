import { maskedChecksum, uint32At } from './level-checksum.ts';
import { readVarint, snappyDecompress } from './snappy.ts';

// A table of LevelDB (its doc/table_format.md): blocks, each followed by its compression (0 none, 1 Snappy) and a masked
// CRC-32C of both; at the end a footer with the places of the metaindex and the index block, whose entries name all other
// blocks. LevelDB never compares these checksums on a read, unless asked to, and its binding for Node does not ask.

const FOOTER_SIZE = 48;
const MAGIC = [0x8b80_fb57, 0xdb47_7524] as const;
const TRAILER_SIZE = 5;
const MAX_INDEX_SIZE = 64 << 20;

/** What is damaged in the table's bytes, in a few words; undefined: nothing. Looks at every block. */
export function tableDamage(table: Uint8Array): string | undefined {
  const footerAt = table.length - FOOTER_SIZE;
  if (footerAt < 0) return 'it is too short for a table';
  if (uint32At(table, table.length - 8) !== MAGIC[0] || uint32At(table, table.length - 4) !== MAGIC[1]) {
    return 'it does not end as a table does';
  }
  const metaindex = readHandle(table, footerAt);
  const index = metaindex && readHandle(table, metaindex.end);
  if (!index) return 'its footer is damaged';
  let checkedSize = FOOTER_SIZE;
  for (const list of [metaindex, index]) {
    const content = contentOf(table, list);
    const blocks = content && handlesIn(content);
    if (!blocks) return `the list of its blocks at ${list.offset} is damaged`;
    const damaged = blocks.find((block) => !isSound(table, block));
    if (damaged) return `its block at ${damaged.offset} is damaged`;
    for (const { size } of [list, ...blocks]) checkedSize += size + TRAILER_SIZE;
  }
  return checkedSize === table.length ? undefined : `only ${checkedSize} of its ${table.length} bytes are listed`;
}

interface Handle {
  readonly offset: number;
  readonly size: number;
  /** Where the handle's own bytes end. */
  readonly end: number;
}

function readHandle(bytes: Uint8Array, at: number): Handle | undefined {
  const offset = readVarint(bytes, at);
  const size = offset && readVarint(bytes, offset.end);
  return size && { offset: offset.value, size: size.value, end: size.end };
}

/** Whether the block lies within the table and has the right checksum. */
function isSound(table: Uint8Array, { offset, size }: Handle): boolean {
  const end = offset + size;
  if (end + TRAILER_SIZE > table.length - FOOTER_SIZE) return false;
  return maskedChecksum(table.subarray(offset, end + 1)) === uint32At(table, end + 1);
}

/** The content of a sound block, decompressed. */
function contentOf(table: Uint8Array, block: Handle): Uint8Array | undefined {
  if (!isSound(table, block)) return undefined;
  const end = block.offset + block.size;
  const content = table.subarray(block.offset, end);
  return table[end] === 1 ? snappyDecompress(content, MAX_INDEX_SIZE) : content;
}

/** The handles that a block of them names. Entries: shared, unshared and value size, the key's end, the value. */
function handlesIn(block: Uint8Array): Handle[] | undefined {
  if (block.length < 4) return undefined;
  const entriesEnd = block.length - 4 * (1 + uint32At(block, block.length - 4)); // before the restart points
  const handles: Handle[] = [];
  for (let offset = 0; offset < entriesEnd; ) {
    const shared = readVarint(block, offset);
    const unshared = shared && readVarint(block, shared.end);
    const valueSize = unshared && readVarint(block, unshared.end);
    const handle = valueSize && readHandle(block, valueSize.end + unshared.value);
    if (!handle) return undefined;
    handles.push(handle);
    offset = valueSize.end + unshared.value + valueSize.value;
  }
  return handles;
}
