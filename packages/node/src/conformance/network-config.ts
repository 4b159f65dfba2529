import type { BlobRules } from '@heddle/primitives';
import { BLOB_FORKS, BLOCK_FORKS, type ChainConfig, TIME_FORKS } from '../foreign/chain-config.ts';
import { DEFAULT_BASE_FEE_DENOMINATOR, DEFAULT_ELASTICITY } from '../genesis/heddle-config.ts';
import { networkUnknown } from './conformance-errors.ts';

/** Everything that a network's name can switch on, in the order of the forks, by the name that tests have for it. */
const STEPS: Readonly<Record<string, string>> = {
  Frontier: 'frontier',
  Homestead: 'homestead',
  Dao: 'dao',
  EIP150: 'tangerineWhistle',
  EIP158: 'spuriousDragon',
  Byzantium: 'byzantium',
  Constantinople: 'constantinople',
  ConstantinopleFix: 'petersburg',
  Istanbul: 'istanbul',
  MuirGlacier: 'muirGlacier',
  Berlin: 'berlin',
  London: 'london',
  ArrowGlacier: 'arrowGlacier',
  GrayGlacier: 'grayGlacier',
  Paris: 'paris',
  Shanghai: 'shanghai',
  Cancun: 'cancun',
  Prague: 'prague',
  Osaka: 'osaka',
  ...Object.fromEntries(BLOB_FORKS.map((fork) => [fork.toUpperCase(), fork])),
};
const OTHER_NAMES: Readonly<Record<string, string>> = { Merge: 'Paris' };
const NAMES = Object.keys(STEPS);
const TRANSITION = /^(?<from>\w+?)To(?<to>\w+?)At(?<unit>Time|Diff)?(?<point>[0-9A-F]+k?)$/;

/** What a test's own `config` says besides its network. */
export interface NetworkOptions {
  readonly chainId: number;
  /** By fork, lower-case. */
  readonly blobSchedule: Readonly<Record<string, BlobRules>>;
}

/**
 * The rules that a network's name stands for in official tests: a fork ("Prague"), which holds from genesis, or the way
 * from one to the next ("ShanghaiToCancunAtTime15k", "BerlinToLondonAt5", "ArrowGlacierToParisAtDiffC0000").
 *
 * @throws HeddleError `NETWORK_UNKNOWN`
 */
export function networkConfig(network: string, options: NetworkOptions): ChainConfig {
  const { from = network, to, unit, point = '' } = TRANSITION.exec(network)?.groups ?? {};
  const points = new Map<string, bigint>();
  for (const name of NAMES.slice(0, placeOf(from, network) + 1)) points.set(STEPS[name] as string, 0n);
  if (NAMES.indexOf(from) !== NAMES.indexOf('Dao')) points.delete('dao');
  if (to !== undefined) points.set(STEPS[NAMES[placeOf(to, network)] as string] as string, readPoint(unit, point));
  const pick = (names: readonly string[]) =>
    Object.fromEntries(names.flatMap((name) => (points.has(name) ? [[name, Number(points.get(name))]] : [])));
  const dao = points.get('dao');
  return {
    chainId: options.chainId,
    forkBlocks: pick(BLOCK_FORKS),
    forkTimes: pick(TIME_FORKS),
    glacierBlocks: pick(['muirGlacier', 'arrowGlacier', 'grayGlacier']),
    terminalTotalDifficulty: points.get('paris'),
    blobSchedule: options.blobSchedule,
    daoFork: dao === undefined ? undefined : { block: Number(dao), isSupported: true },
    depositContract: undefined,
    elasticity: DEFAULT_ELASTICITY,
    baseFeeDenominator: DEFAULT_BASE_FEE_DENOMINATOR,
  };
}

function placeOf(name: string, network: string): number {
  const place = NAMES.indexOf(OTHER_NAMES[name] ?? name);
  if (place === -1) throw networkUnknown(network);
  return place;
}

/** A total difficulty is written in hexadecimal, a block or a time in decimal, thousands as k. */
function readPoint(unit: string | undefined, point: string): bigint {
  if (unit === 'Diff') return BigInt(`0x${point}`);
  return point.endsWith('k') ? BigInt(point.slice(0, -1)) * 1_000n : BigInt(point);
}
