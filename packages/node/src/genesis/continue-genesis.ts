import type { ChainSpec, Hash, TimestampRule } from '@heddle/primitives';
import { JsonField } from '../files/json-field.ts';
import { genesisContradicted } from './genesis-errors.ts';
import { DEFAULT_ELASTICITY } from './heddle-config.ts';
import { ownValidators } from './make-genesis.ts';
import { readGenesis } from './read-genesis.ts';

/** How validators go on from a block that is not theirs. An undefined rule is the chain's so far, else the default. */
export interface ContinuedGenesisOptions {
  /** Fixes the validators' keys. */
  readonly seed: string;
  readonly validatorCount: number;
  readonly chainId: number | undefined;
  readonly gasLimit: bigint | undefined;
  readonly elasticity: number | undefined;
  readonly timestamps: TimestampRule | undefined;
  /** The chain so far. */
  readonly base: {
    readonly file: string;
    /** Of its genesis.json, without the alloc. */
    readonly json: unknown;
    readonly number: number;
    readonly hash: Hash;
    readonly gasLimit: bigint;
  };
}

/** What to write into the genesis.json, beside the alloc of the chain so far, and what that means. */
export interface ContinuedGenesis {
  readonly json: Readonly<Record<string, unknown>>;
  readonly spec: ChainSpec;
}

/** Rules of the chain so far that go on unless a flag says otherwise. */
const INHERITED = ['transactionGasCap', 'codeSizeLimit', 'baseFeeDenominator', 'initialBaseFee'];

/**
 * Makes the genesis.json of a chain that goes on from `base`: the one of the chain so far, with who goes on, and from
 * where, in `config.heddle`.
 *
 * @throws HeddleError `FILE_MALFORMED`, `GENESIS_CONTRADICTED`
 */
export function continueGenesis(options: ContinuedGenesisOptions): ContinuedGenesis {
  const { seed, validatorCount, base } = options;
  const { file, number, hash, gasLimit } = base;
  const genesis = new JsonField(file, '', base.json);
  const config = genesis.field('config');
  const before = config.field('heddle');
  const rules = before.isAbsent ? new JsonField(file, before.path, {}) : before;
  refuse(file, 'config.chainId', options.chainId, config.field('chainId').number(1, Number.MAX_SAFE_INTEGER));
  refuse(file, `the gas limit at block ${number}`, options.gasLimit, gasLimit);
  const json = {
    ...valuesOf(genesis),
    config: {
      ...valuesOf(config),
      heddle: {
        ...Object.fromEntries(Object.entries(valuesOf(rules)).filter(([key]) => INHERITED.includes(key))),
        timestamps: options.timestamps ?? rules.field('timestamps').value ?? 'strict',
        elasticity: options.elasticity ?? rules.field('elasticity').value ?? DEFAULT_ELASTICITY,
        validators: ownValidators(seed, validatorCount),
        base: { number, hash, gasLimit: `0x${gasLimit.toString(16)}`, heddle: before.value },
      },
    },
  };
  const written: Readonly<Record<string, unknown>> = JSON.parse(JSON.stringify(json)); // as it will be read again
  const { alloc: _, ...spec } = readGenesis(written, file);
  return { json: written, spec };
}

function valuesOf(object: JsonField): Record<string, unknown> {
  return Object.fromEntries(object.fields().map(([key, { value }]) => [key, value]));
}

function refuse<T>(file: string, path: string, flag: T | undefined, found: T): void {
  if (flag !== undefined && flag !== found) throw genesisContradicted(file, path, String(found), String(flag));
}
