import { type Address, SYSTEM_CONTRACTS, type TimestampRule } from '@heddle/primitives';
import { fileMalformed } from '../files/file-errors.ts';
import { asAddress, JsonField } from '../files/json-field.ts';
import { genesisContradicted } from './genesis-errors.ts';
import { DEFAULT_ELASTICITY } from './heddle-config.ts';
import { deriveHash, deriveValidatorKeys } from './key-derivation.ts';
import { type Predeploy, TOOL_CONTRACTS } from './predeploys.ts';
import { type Genesis, readGenesis } from './read-genesis.ts';

/** What a new chain is made of. An undefined rule is the file's (`base`), else the default. */
export interface GenesisOptions {
  /** Fixes the validators' keys and the first PREVRANDAO. */
  readonly seed: string;
  readonly validatorCount: number;
  readonly prefunded: readonly Address[];
  /** Of each prefunded account. */
  readonly balanceWei: bigint;
  readonly predeploys: 'all' | 'none';
  /** Unix seconds, unless the file has its own. */
  readonly timestamp: number;
  readonly chainId: number | undefined;
  readonly gasLimit: bigint | undefined;
  readonly elasticity: number | undefined;
  readonly timestamps: TimestampRule | undefined;
  /** A genesis.json of the user's: its alloc and rules are taken, accounts and validators are added. */
  readonly base: { readonly file: string; readonly json: unknown } | undefined;
}

/** A new chain: what to write into its genesis.json, and what that means. */
export interface NewGenesis {
  readonly json: Readonly<Record<string, unknown>>;
  readonly spec: Genesis;
}

/** anvil's and Hardhat's. */
export const DEFAULT_CHAIN_ID = 31337;
/** anvil's. */
export const DEFAULT_GAS_LIMIT = 30_000_000n;
/** What is read of a given file; one without any of it is some other file. */
const READ_FIELDS = ['config', 'alloc', 'gasLimit', 'timestamp', 'mixHash'] as const;
/** Every validator of a devnet weighs the same. */
const DEVNET_STAKE = 32n;

/**
 * Makes the genesis of a devnet.
 *
 * @throws HeddleError `FILE_MALFORMED`, `GENESIS_CONTRADICTED`
 */
export function makeGenesis(options: GenesisOptions): NewGenesis {
  const file = options.base?.file ?? 'genesis.json';
  const base = new JsonField(file, '', options.base?.json ?? {});
  if (options.base && READ_FIELDS.every((name) => base.field(name).isAbsent)) {
    throw fileMalformed(file, '', base.value, `a geth-style genesis with any of ${READ_FIELDS.join(', ')}`);
  }
  const baseConfig = section(base, 'config');
  const baseHeddle = section(baseConfig, 'heddle');
  const validators = devnetValidators(options, baseHeddle);
  const json = {
    ...Object.fromEntries(base.fields().map(([key, { value }]) => [key, value])),
    config: {
      ...Object.fromEntries(baseConfig.fields().map(([key, { value }]) => [key, value])),
      chainId: chosen(options.chainId, baseConfig.field('chainId')) ?? DEFAULT_CHAIN_ID,
      heddle: {
        ...Object.fromEntries(baseHeddle.fields().map(([key, { value }]) => [key, value])),
        timestamps: chosenRule(options.timestamps, baseHeddle.field('timestamps')) ?? 'strict',
        elasticity: chosen(options.elasticity, baseHeddle.field('elasticity')) ?? DEFAULT_ELASTICITY,
        validators,
      },
    },
    extraData: undefined, // follows from config.heddle; another tool's would only be refused
    timestamp: base.field('timestamp').value ?? options.timestamp,
    gasLimit: chosen(options.gasLimit, base.field('gasLimit')) ?? quantity(DEFAULT_GAS_LIMIT),
    mixHash: base.field('mixHash').value ?? deriveHash(options.seed, 'genesis randomness'),
    alloc: makeAlloc(options, section(base, 'alloc')),
  };
  const written: Readonly<Record<string, unknown>> = JSON.parse(JSON.stringify(json)); // as it will be read again
  return { json: written, spec: readGenesis(written, file) };
}

/** An object inside `parent`, an empty one when it is absent. */
function section(parent: JsonField, key: string): JsonField {
  const field = parent.field(key);
  return field.isAbsent ? new JsonField(field.file, field.path, {}) : field;
}

/** `config.heddle.validators` of a devnet whose keys come from `seed`. */
export function ownValidators(seed: string, count: number) {
  return Array.from({ length: count }, (_, index) => {
    const { address, feeAddress } = deriveValidatorKeys(seed, index);
    return { address, feeAddress, stake: quantity(DEVNET_STAKE) };
  });
}

function devnetValidators({ seed, validatorCount }: GenesisOptions, heddle: JsonField) {
  const own = ownValidators(seed, validatorCount);
  const given = heddle.field('validators');
  if (given.isAbsent) return own;
  const named = given.elements().map((element) => asAddress(element.field('address').value));
  const isOwn = named.length === own.length && named.every((address, index) => address === own[index]?.address);
  if (isOwn) return given.value;
  const expected = `nothing, or the ${own.length} validators whose keys this devnet makes from --seed`;
  throw fileMalformed(given.file, given.path, named, expected);
}

/** The file's accounts win over ours: whoever lists an address there has a reason. */
function makeAlloc({ prefunded, balanceWei, predeploys }: GenesisOptions, base: JsonField): Record<string, unknown> {
  const alloc: Record<string, unknown> = {};
  for (const address of prefunded) alloc[address] = { balance: quantity(balanceWei) };
  const contracts: Predeploy[] = Object.values(SYSTEM_CONTRACTS);
  if (predeploys === 'all') contracts.push(...TOOL_CONTRACTS);
  for (const contract of contracts) alloc[contract.address] = predeployed(contract);
  const given = new Set<string>();
  for (const [key, field] of base.fields()) {
    const address = asAddress(key) ?? key;
    if (given.has(address)) throw field.malformed('each address once');
    given.add(address);
    alloc[address] = field.value;
  }
  return alloc;
}

function predeployed({ code }: Predeploy) {
  return { balance: '0x0', nonce: '0x1', code };
}

/** The flag's value, which must not contradict the file's; undefined when neither says anything. */
function chosen(flag: number | bigint | undefined, field: JsonField): unknown {
  if (flag === undefined) return field.isAbsent ? undefined : field.value;
  if (!field.isAbsent && field.integer(0n, 1n << 256n) !== BigInt(flag)) {
    throw genesisContradicted(field.file, field.path, String(field.value), String(flag));
  }
  return typeof flag === 'number' ? flag : quantity(flag);
}

function chosenRule(flag: TimestampRule | undefined, field: JsonField): unknown {
  if (flag !== undefined && !field.isAbsent && field.value !== flag) {
    throw genesisContradicted(field.file, field.path, String(field.value), `${flag} (--block-time)`);
  }
  return field.isAbsent ? flag : field.value;
}

function quantity(value: bigint): string {
  return `0x${value.toString(16)}`;
}
