import { type ChainSpec, EMPTY_BYTES } from '@heddle/primitives';
import type { GenesisSource } from '../chain/open-chain-store.ts';
import { heddleSource } from '../execution/open-or-create-store.ts';
import { JsonField } from '../files/json-field.ts';
import type { ChainConfig } from '../foreign/chain-config.ts';
import { heddleChainConfig } from '../foreign/heddle-chain-config.ts';
import { readForeignGenesis } from '../foreign/read-foreign-genesis.ts';
import { readGenesisAccounts, readGenesisHead } from '../genesis/genesis-file.ts';
import { readGenesis } from '../genesis/read-genesis.ts';

/** A genesis.json of any chain. */
export interface ChainGenesis extends GenesisSource {
  readonly config: ChainConfig;
  /** Of a chain of Heddle's own: its file has `config.heddle`. */
  readonly spec: ChainSpec | undefined;
}

/**
 * The genesis.json at `file`: a Heddle chain's, or one made for geth, whose forks come into force anywhere. Its accounts
 * are read when somebody asks for them.
 *
 * @throws HeddleError `FILE_UNREADABLE`, `FILE_MALFORMED`, `VALIDATOR_SET_INVALID`
 */
export function readChainGenesis(file: string): ChainGenesis {
  const head = readGenesisHead(file);
  const config = new JsonField(file, '', head).field('config');
  if (!config.field('heddle').isAbsent) {
    const { alloc: _, ...spec } = readGenesis(head, file);
    return genesisOfSpec(file, spec);
  }
  const genesis = readForeignGenesis(head, file);
  return {
    file,
    accounts: (onRead) => readGenesisAccounts(file, onRead),
    blockWith: (stateRoot) => genesis.blockWith(stateRoot),
    nextValidators: EMPTY_BYTES, // nobody votes on it
    config: genesis.config,
    spec: undefined,
  };
}

/** A Heddle chain's. @throws HeddleError `VALIDATOR_SET_INVALID` */
export function genesisOfSpec(file: string, spec: ChainSpec): ChainGenesis {
  return { ...heddleSource(file, spec), config: heddleChainConfig(spec), spec };
}
