import type { KeyValueSource } from '@heddle/executor';
import type { BlockRangeRequest, DecidedBlock } from '../execution/main-boundary.ts';
import { readBlockBytes } from './block-records.ts';
import { readCertificateBytes } from './certificate-records.ts';

/** Decided blocks from `from` on, as many as stand here and fit the limits; genesis is not decided. */
export function readDecidedBlocks(source: KeyValueSource, request: BlockRangeRequest): readonly DecidedBlock[] {
  const { from, maxCount, maxBytes } = request;
  const blocks: DecidedBlock[] = [];
  let sizeBytes = 0;
  for (let number = from; blocks.length < maxCount; number++) {
    const stored = readBlockBytes(source, number);
    const certificate = readCertificateBytes(source, number);
    if (stored === undefined || certificate === undefined) break;
    sizeBytes += stored.block.length + certificate.length;
    if (blocks.length > 0 && sizeBytes > maxBytes) break;
    blocks.push({ block: stored.block, certificate });
  }
  return blocks;
}
