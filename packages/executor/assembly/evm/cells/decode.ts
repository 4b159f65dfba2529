// Makes the cells of a code, block by block, in time and memory that are linear in its size.
import { CHUNK_HEADER, giveChunk, takeChunk } from "../chunks";
import { allocateCells } from "../code";
import { CODE_BYTES, CODE_SIZE } from "../layout";
import * as op from "../opcodes";
import * as cell from "./cell";
import { beginConstants, constantsSize } from "./constants";
import { beginCode, decodeBlock } from "./decode-block";
import { beginCells, nextCell, workerCellsOverflow } from "./emit";
import { beginHeads, DRAFT_SIZE, headsSize, placeHeads } from "./heads";
import { preparePlans } from "./stack-plan";

/** Cells a byte of code, and beyond; a code that needs more has none. */
const CELLS_PER_BYTE: usize = 6;
const MORE_CELLS: usize = 64;

/** The map of the cells of `code`, 0 where it gets none. */
export function decode(code: usize): usize {
  const bytes: usize = load<u32>(code, CODE_BYTES);
  const codeSize: usize = load<u32>(code, CODE_SIZE);
  const mapSize = (codeSize + 1) * 4;
  const constants = (mapSize + 15) & ~15;
  const map = preparePlans() ? allocateCells(constants + constantsSize(bytes, codeSize)) : 0;
  const heads = (codeSize + 2) * DRAFT_SIZE;
  const drafts: usize = (codeSize * CELLS_PER_BYTE + MORE_CELLS) * cell.CELL_SIZE;
  const chunk: usize = map == 0 ? 0 : takeChunk(heads + drafts);
  if (chunk == 0) return 0;
  memory.fill(map, 0, mapSize);
  beginConstants(map, map + constants);
  beginCode(code);
  beginHeads(chunk + CHUNK_HEADER);
  const first = chunk + CHUNK_HEADER + heads;
  beginCells(first, first + drafts);
  for (let offset: usize = 0; offset <= codeSize; ) {
    const isJumpdest = offset < codeSize && load<u8>(bytes + offset) == op.JUMPDEST;
    store<u32>(map + (offset << 2), u32(headsSize()) | (isJumpdest ? cell.MAP_JUMPDEST : cell.MAP_BLOCK));
    offset = decodeBlock(offset);
  }
  const isMade = !workerCellsOverflow && placeCells(map, codeSize, first);
  giveChunk(chunk);
  return isMade ? map : 0;
}

/** Moves the cells from `first` on to where they stay, and makes addresses of the places in the code that they name. */
function placeCells(map: usize, codeSize: usize, first: usize): bool {
  const size = nextCell() - first;
  const cells = allocateCells(size + headsSize());
  if (cells == 0) return false;
  memory.copy(cells, first, size);
  placeHeads(cells + size, cells - first);
  for (let entry = map; entry <= map + (codeSize << 2); entry += 4) {
    const place = load<u32>(entry);
    if ((place & (cell.MAP_JUMPDEST | cell.MAP_BLOCK)) != 0) store<u32>(entry, place + u32(cells + size));
  }
  for (let at = cells; at < cells + size; at += cell.CELL_SIZE) {
    const kind: u32 = load<u16>(at, cell.CELL_OP);
    if (kind != cell.CELL_ENTER && (kind < cell.CELL_JUMP_IF_BELOW || kind > cell.CELL_JUMP_IF_NOT_ZERO)) continue;
    const target: usize = load<u32>(at, cell.CELL_TARGET);
    store<u32>(at, load<u32>(map + (target << 2)) & cell.MAP_HEAD, cell.CELL_TARGET);
  }
  return true;
}
