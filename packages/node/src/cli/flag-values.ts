import { InvalidArgumentError } from 'commander';
import { MAX_VALIDATORS } from '../genesis/heddle-config.ts';
import { BLOCK_TIME_RANGE, HISTORY_RANGE, MAX_FULL_NODES, MAX_WORKERS } from '../node-folder/node-file.ts';
import { MAX_ACCOUNTS } from '../supervisor/chain-settings.ts';

// How each flag's value is read. Commander puts the flag's name before the message and ends the command.

/** A whole number in a range, for commander. */
function wholeNumber(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = /^(0x[0-9a-fA-F]+|[0-9]+)$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= low && value <= high)) throw new InvalidArgumentError(`Give a whole number from ${low} to ${high}.`);
    return value;
  };
}

/** 0 (a free one) to 65535. */
export const readPort = wholeNumber(0, 65_535);
/** 1 to {@link MAX_VALIDATORS}. */
export const readValidatorCount = wholeNumber(1, MAX_VALIDATORS);
/** 0 to {@link MAX_ACCOUNTS}. */
export const readAccountCount = wholeNumber(0, MAX_ACCOUNTS);
/** A chain id that JavaScript numbers hold. */
export const readChainId = wholeNumber(1, Number.MAX_SAFE_INTEGER);
/** EIP-1559's elasticity; 1 keeps the base fee from rising. */
export const readElasticity = wholeNumber(1, 1_000_000);
/** 1 to {@link MAX_WORKERS}. */
export const readWorkers = wholeNumber(1, MAX_WORKERS);
/** Blocks whose state is kept. */
export const readHistory = wholeNumber(HISTORY_RANGE.low, HISTORY_RANGE.high);
/** 0 to {@link MAX_FULL_NODES}. */
export const readFullNodes = wholeNumber(0, MAX_FULL_NODES);

/** A block number. */
export const readBlockNumber = wholeNumber(0, Number.MAX_SAFE_INTEGER);
/** How often something is measured. */
export const readRepeats = wholeNumber(1, 100);
/** Lines of a log. */
export const readLineCount = wholeNumber(0, 1_000_000);

/** Numbers of validators, separated by commas. */
export function readIndices(text: string): number[] {
  return readNames(text).map(wholeNumber(0, MAX_VALIDATORS - 1));
}

/** A block gas limit. */
export function readGasLimit(text: string): bigint {
  return BigInt(wholeNumber(5_000, Number.MAX_SAFE_INTEGER)(text));
}

/** Seconds, fractions allowed. */
export function readSeconds(text: string): number {
  const { low, high } = BLOCK_TIME_RANGE;
  const value = /^([0-9]+\.?[0-9]*|\.[0-9]+)$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= low && value <= high)) {
    throw new InvalidArgumentError(`Give seconds from ${low} to ${high}, for example 1 or 0.25.`);
  }
  return value;
}

/** Ether with up to 18 decimals, in wei. */
export function readEther(text: string): bigint {
  const [, whole = '', fraction = ''] = /^([0-9]+)(?:\.([0-9]{1,18}))?$/.exec(text) ?? [];
  if (whole === '' || whole.length > 50) throw new InvalidArgumentError('Give ether, for example 10000 or 0.5.');
  return BigInt(whole) * 10n ** 18n + BigInt(fraction.padEnd(18, '0'));
}

/** Names separated by commas. */
export function readNames(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.some((name) => name === '')) throw new InvalidArgumentError('Give names separated by commas.');
  return names;
}

/** Text that is not empty. */
export function readText(text: string): string {
  if (text.trim() === '' || text.length > 4_096) throw new InvalidArgumentError('Give 1 to 4096 characters.');
  return text;
}
