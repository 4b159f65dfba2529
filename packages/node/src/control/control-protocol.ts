import { HeddleError } from '@heddle/primitives';
import { controlRefused } from './control-errors.ts';

// What a devnet and its commands say to each other: one JSON object a line, each request answered in its turn.
//
//   {"command":"delay","links":"0-1","delay":"200ms"}      {"ok":true,"result":…}
//   {"command":"kill","validator":"9"}                     {"ok":false,"error":{"code","message","remedy"}}

/** A request: the command and what was said to it, as texts. */
export interface ControlRequest {
  readonly command: string;
  readonly params: Readonly<Record<string, string>>;
}

/** An answer. */
export type ControlAnswer =
  | { readonly ok: true; readonly result: unknown }
  | {
      readonly ok: false;
      readonly error: { readonly code: string; readonly message: string; readonly remedy?: string | undefined };
    };

/** A line longer than this is not read to its end. */
export const MAX_LINE_BYTES = 64 * 1024;
/** An answer may hold the status of a hundred validators. */
export const MAX_ANSWER_BYTES = 1024 * 1024;
const MAX_PARAMS = 16;
const MAX_TEXT = 4_096;

/** The line of a request. */
export function encodeRequest({ command, params }: ControlRequest): string {
  return `${JSON.stringify({ command, ...params })}\n`;
}

/** @throws HeddleError `CONTROL_REFUSED` for anything but a flat object of short texts with a command */
export function decodeRequest(line: string): ControlRequest {
  const value = parse(line);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw controlRefused('is no JSON object');
  const entries = Object.entries(value);
  if (entries.length > MAX_PARAMS) throw controlRefused(`${entries.length} fields are too many`);
  const params: Record<string, string> = Object.create(null);
  for (const [name, text] of entries) {
    if (typeof text !== 'string' || text.length > MAX_TEXT || name.length > MAX_TEXT) {
      throw controlRefused(`${JSON.stringify(name.slice(0, 40))} is no text of at most ${MAX_TEXT} characters`);
    }
    params[name] = text;
  }
  const { command, ...rest } = params;
  if (command === undefined) throw controlRefused('names no command');
  return { command, params: rest };
}

/** The line of an answer. An error that nobody expected is told without its stack. */
export function encodeAnswer(answer: ControlAnswer): string {
  return `${JSON.stringify(answer)}\n`;
}

/** The answer that tells of an error. */
export function failureOf(error: unknown): ControlAnswer {
  if (error instanceof HeddleError) {
    return { ok: false, error: { code: error.code, message: error.message, remedy: error.remedy } };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { ok: false, error: { code: 'UNEXPECTED', message: `unexpected error: ${message}` } };
}

/** What an answer holds. @throws HeddleError the devnet's own, or `CONTROL_REFUSED` for what is no answer */
export function resultOf(line: string): unknown {
  const answer = parse(line) as ControlAnswer;
  if (answer?.ok === true) return answer.result;
  if (answer?.ok !== false) throw controlRefused('the answer is none');
  const { code, message, remedy } = answer.error;
  throw new HeddleError(code, message, remedy === undefined ? {} : { remedy });
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw controlRefused('is no JSON');
  }
}
