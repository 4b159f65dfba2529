import { statSync } from 'node:fs';
import { fileUnreadable } from '../files/file-errors.ts';
import { JsonField } from '../files/json-field.ts';
import { readJsonFile } from '../files/text-files.ts';
import { fileTooLarge } from './replay-errors.ts';

/** Several times what the largest block has. */
export const MAX_BLOCK_FILE_BYTES = 64 * 2 ** 20;
/** In a prestate of transactions, each names the codes that it calls. Less than the longest text that V8 holds. */
export const MAX_STATE_FILE_BYTES = 400 * 2 ** 20;

/**
 * The JSON of `file`; of an answer of JSON-RPC its result, so that what a node answered can be given as it is.
 *
 * @throws HeddleError `REPLAY_FILE_TOO_LARGE`, `FILE_UNREADABLE`, `FILE_MALFORMED`
 */
export function readInput(file: string, maxBytes: number): JsonField {
  const sizeBytes = sizeOf(file);
  if (sizeBytes > maxBytes) throw fileTooLarge(file, sizeBytes, maxBytes);
  const json = new JsonField(file, '', readJsonFile(file));
  if (!isAnswer(json.value)) return json;
  const error = json.field('error');
  if (!error.isAbsent) throw error.malformed('an answer with a result: the node refused the request');
  const result = json.field('result');
  if (result.isAbsent) throw result.malformed('an answer with a result: the node knows nothing of it');
  return result;
}

function isAnswer(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'jsonrpc' in value;
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch (cause) {
    throw fileUnreadable(file, cause);
  }
}
