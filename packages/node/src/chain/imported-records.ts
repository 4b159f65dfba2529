import type { BatchOperation, KeyValueSource } from '@heddle/executor';
import { bigIntToBytes, bytesToBigInt } from '@heddle/primitives';
import { blockKey, decodeNumber, encodeNumbers, IMPORTED_KEY, readBlockRecord } from './chain-keys.ts';

/** What is written of block `number` beside all else when it was made elsewhere: nobody decided it here. */
export function importedOperations(number: number, totalDifficulty: bigint): BatchOperation[] {
  return [
    importedOperation(number),
    { type: 'put', key: blockKey('totalDifficulty', number), value: bigIntToBytes(totalDifficulty) },
  ];
}

/** That block `number` and all before it were not decided by the validators of this chain. */
export function importedOperation(number: number): BatchOperation {
  return { type: 'put', key: IMPORTED_KEY, value: encodeNumbers(number) };
}

/** The last block that was imported: it and all before it have no certificate here. 0: none was. */
export function readImportedNumber(source: KeyValueSource): number {
  const record = source.getSync(IMPORTED_KEY);
  return record === undefined ? 0 : decodeNumber(record);
}

/** Difficulty of block `number`, which was imported, and of all before it. */
export function readTotalDifficulty(source: KeyValueSource, number: number): bigint | undefined {
  const record = readBlockRecord(source, 'totalDifficulty', number);
  return record && bytesToBigInt(record);
}

/** What takes back that block `number`, which is the head, was imported; nothing when it was not. */
export function undoImport(source: KeyValueSource, number: number): BatchOperation[] {
  if (readImportedNumber(source) !== number) return [];
  return [importedOperation(number - 1)];
}
