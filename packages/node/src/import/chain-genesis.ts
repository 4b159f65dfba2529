import { type ChainSpec, EMPTY_BYTES } from '@heddle/primitives';
import type { GenesisSource } from '../chain/open-chain-store.ts';
import { JsonField } from '../files/json-field.ts';
import type { ConfiguredBlocks } from '../foreign/chain-config.ts';
import { heddleChainConfig } from '../foreign/heddle-chain-config.ts';
import { readForeignGenesis } from '../foreign/read-foreign-genesis.ts';
import { chainConfigOf } from '../genesis/configured-chain.ts';
import { readGenesisAccounts, readGenesisHead } from '../genesis/genesis-file.ts';
import { type HeddleConfig, readHeddleConfig } from '../genesis/heddle-config.ts';
import { firstSet, heddleSource } from '../genesis/heddle-source.ts';
import { specOf } from '../genesis/read-genesis.ts';

/** A genesis.json of any chain. */
export interface ChainGenesis extends GenesisSource {
  /** One after another: more than one where validators went on from what others had made. */
  readonly parts: readonly [ChainPart, ...ChainPart[]];
}

/** Blocks in a row under one set of rules. */
export interface ChainPart extends ConfiguredBlocks {
  /** Of a chain of Heddle's own, or a part of one: config.heddle is about these blocks. */
  readonly spec: ChainSpec | undefined;
  /** consensus' encodeValidatorSet of the set in force at the first of them; empty: nobody votes. */
  readonly validators: Uint8Array;
}

/**
 * The genesis.json at `file`: a Heddle chain's, or one made for geth, whose forks come into force anywhere, or one whose
 * validators go on from either. Its accounts are read when somebody asks for them.
 *
 * @throws HeddleError `FILE_UNREADABLE`, `FILE_MALFORMED`, `VALIDATOR_SET_INVALID`
 */
export function readChainGenesis(file: string): ChainGenesis {
  const genesis = new JsonField(file, '', readGenesisHead(file));
  const field = genesis.field('config').field('heddle');
  const heddle = field.isAbsent ? undefined : readHeddleConfig(field, genesis.field('baseFeePerGas'));
  const parts = partsOf(genesis, heddle, Number.POSITIVE_INFINITY);
  const [{ spec, validators }] = parts;
  if (spec) return { ...heddleSource(file, spec), parts };
  const foreign = readForeignGenesis(genesis.value, file);
  return {
    file,
    accounts: (onRead) => readGenesisAccounts(file, onRead),
    blockWith: (stateRoot) => foreign.blockWith(stateRoot),
    nextValidators: validators,
    parts,
  };
}

/** The part that block `number` belongs to; genesis is of the first one. */
export function partAt<T extends ConfiguredBlocks>(parts: readonly [T, ...T[]], number: number): T {
  return parts.find(({ to }) => number <= to) ?? parts[0];
}

/** The blocks whose rules are not those of the head: each has those of its fork. Undefined: all blocks have the same. */
export function forkedBlocks({ parts }: Pick<ChainGenesis, 'parts'>): readonly ConfiguredBlocks[] | undefined {
  const forked = parts.filter(({ to, spec }) => spec === undefined || Number.isFinite(to));
  if (forked.length === 0) return undefined;
  return forked.map(({ from, to, config }) => ({ from, to, config }));
}

/** A chain of Heddle's own, from genesis. @throws HeddleError `VALIDATOR_SET_INVALID` */
export function genesisOfSpec(file: string, spec: ChainSpec): ChainGenesis {
  const source = heddleSource(file, spec);
  const blocks = { from: 1, to: Number.POSITIVE_INFINITY, config: heddleChainConfig(spec) };
  return { ...source, parts: [{ ...blocks, spec, validators: source.nextValidators }] };
}

function partsOf(genesis: JsonField, heddle: HeddleConfig | undefined, to: number): ChainGenesis['parts'] {
  const config = chainConfigOf(genesis.field('config'), heddle);
  if (heddle === undefined) return [{ from: 1, to, config, spec: undefined, validators: EMPTY_BYTES }];
  const spec = specOf(genesis, heddle);
  const { base } = heddle;
  const part = { from: (base?.number ?? 0) + 1, to, config, spec, validators: firstSet(spec) };
  return base ? [...partsOf(genesis, base.before, base.number), part] : [part];
}
