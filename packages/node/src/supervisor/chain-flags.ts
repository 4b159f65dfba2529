import { resolve } from 'node:path';
import { type ChainSpec, keccak256Hex } from '@heddle/primitives';
import { readTextFile } from '../files/text-files.ts';
import type { ChainSettings } from './chain-settings.ts';
import { chainContradicted } from './supervisor-errors.ts';

/** What the user said about the chain; undefined: nothing, so the existing chain's or the default. */
export interface ChainFlags {
  readonly validators: number | undefined;
  readonly chainId: number | undefined;
  readonly mnemonic: string | undefined;
  readonly accounts: number | undefined;
  readonly balanceWei: bigint | undefined;
  readonly gasLimit: bigint | undefined;
  readonly elasticity: number | undefined;
  readonly seed: string | undefined;
  readonly predeploys: 'all' | 'none' | undefined;
  /** Path of a genesis.json. */
  readonly genesis: string | undefined;
  /** The folder of a chain to go on from. */
  readonly from?: string | undefined;
  /** Seconds. */
  readonly blockTime: number | undefined;
  /** Seconds. */
  readonly emptyBlockTime: number | undefined;
}

/** Seconds. */
export const DEFAULT_BLOCK_TIME = 1;
/** Seconds; at least the block time. */
export const DEFAULT_EMPTY_BLOCK_TIME = 5;

/** Both times, as far as the flags say, else as `remembered`. @throws HeddleError `CHAIN_CONTRADICTED` */
export function blockTimes(
  flags: ChainFlags,
  remembered: Pick<ChainSettings, 'blockTime' | 'emptyBlockTime'> | undefined,
): Pick<ChainSettings, 'blockTime' | 'emptyBlockTime'> {
  const blockTime = flags.blockTime ?? remembered?.blockTime ?? DEFAULT_BLOCK_TIME;
  const atLeast = (seconds: number) => Math.max(seconds, blockTime);
  const emptyBlockTime = flags.emptyBlockTime ?? atLeast(remembered?.emptyBlockTime ?? DEFAULT_EMPTY_BLOCK_TIME);
  return { blockTime, emptyBlockTime };
}

/**
 * Compares what the user said with the chain that is there.
 *
 * @throws HeddleError `CHAIN_CONTRADICTED` with both values, `FILE_UNREADABLE`
 */
export function checkFlags(flags: ChainFlags, datadir: string, settings: ChainSettings, spec: ChainSpec): void {
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['--validators', flags.validators, settings.validators],
    ['--chain-id', flags.chainId, spec.chainId],
    ['--mnemonic', quoted(flags.mnemonic), quoted(settings.mnemonic)],
    ['--accounts', flags.accounts, settings.accounts],
    ['--balance', inEther(flags.balanceWei), inEther(settings.balanceWei)],
    ['--gas-limit', flags.gasLimit, spec.gasLimit],
    ['--elasticity', flags.elasticity, spec.elasticity],
    ['--seed', quoted(flags.seed), quoted(settings.seed)],
    ['--predeploys', flags.predeploys, settings.predeploys],
    ['--from', flags.from === undefined ? undefined : resolve(flags.from), settings.from ?? 'begun with genesis'],
  ];
  for (const [flag, given, existing] of pairs) {
    if (given !== undefined && given !== existing) {
      throw chainContradicted(datadir, flag, String(given), String(existing));
    }
  }
  if (flags.genesis !== undefined && hashOfFile(flags.genesis) !== settings.genesisFileHash) {
    const made = settings.genesisFileHash === undefined ? 'no --genesis file' : `hash ${settings.genesisFileHash}`;
    throw chainContradicted(datadir, '--genesis', `${flags.genesis} (hash ${hashOfFile(flags.genesis)})`, made);
  }
  if (flags.blockTime !== undefined && flags.blockTime < 1 && spec.timestamps === 'strict') {
    throw chainContradicted(
      datadir,
      '--block-time',
      `${flags.blockTime} (needs timestamps: shared)`,
      'timestamps: strict',
    );
  }
}

/** keccak256 of a file's text. @throws HeddleError `FILE_UNREADABLE` */
export function hashOfFile(file: string): `0x${string}` {
  return keccak256Hex(Buffer.from(readTextFile(file), 'utf8'));
}

/** Wei as ether without trailing zeros: `10000`, `0.5`. */
export function inEther(wei: bigint | undefined): string | undefined {
  if (wei === undefined) return undefined;
  const digits = wei.toString().padStart(19, '0');
  const fraction = digits.slice(-18).replace(/0+$/, '');
  return fraction === '' ? digits.slice(0, -18) : `${digits.slice(0, -18)}.${fraction}`;
}

function quoted(text: string | undefined): string | undefined {
  return text === undefined ? undefined : JSON.stringify(text);
}
