import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Address, ChainSpec, TimestampRule } from '@heddle/primitives';
import { JsonField } from '../files/json-field.ts';
import { jsonText, readJsonFile, replaceFileByPieces, replaceJsonFile } from '../files/text-files.ts';
import { continueGenesis } from '../genesis/continue-genesis.ts';
import { genesisText } from '../genesis/genesis-file.ts';
import { deriveValidatorKeys } from '../genesis/key-derivation.ts';
import { makeGenesis } from '../genesis/make-genesis.ts';
import { DEFAULT_MNEMONIC, type PrefundedAccount, prefundedAccounts } from '../genesis/prefunded-accounts.ts';
import { readGenesisFile } from '../genesis/read-genesis.ts';
import { ensureNetworkKey, makeValidatorKeys, newInstanceId } from '../node-folder/make-node-folder.ts';
import { type NodeFolderPaths, nodeFolderPaths } from '../node-folder/node-paths.ts';
import { readBaseChain } from './base-chain.ts';
import { blockTimes, type ChainFlags, checkFlags, hashOfFile } from './chain-flags.ts';
import { type ChainSettings, chainSettingsFile, readChainSettings, writeChainSettings } from './chain-settings.ts';
import { datadirForeign } from './supervisor-errors.ts';

/** A validator of the chain, as its folder has it. */
export interface ChainValidator {
  readonly index: number;
  readonly address: Address;
  readonly paths: NodeFolderPaths;
  readonly peerId: string;
}

/** An account whose key the devnet's nodes hold. */
export interface HeldAccount extends PrefundedAccount {
  /** What it had when the validators began; undefined: that was lost. */
  readonly balanceWei: bigint | undefined;
}

/** A chain in its datadir, new or old. */
export interface Chain {
  readonly datadir: string;
  readonly isNew: boolean;
  readonly settings: ChainSettings;
  readonly spec: ChainSpec;
  readonly validators: readonly ChainValidator[];
  readonly prefunded: readonly HeldAccount[];
}

const DEFAULT_VALIDATORS = 4;
const DEFAULT_ACCOUNTS = 10;
const DEFAULT_BALANCE_WEI = 10_000n * 10n ** 18n;
/** Genesis time of a chain with --seed, which fixes the genesis hash: 2023-11-14 22:13:20 UTC. */
const SEEDED_TIMESTAMP = 1_700_000_000;
/** What a devnet makes in its datadir; --reset removes these and nothing else. */
const OWN_ENTRIES =
  /^(settings\.json|genesis\.json|accounts\.json|devnet\.json|devnet\.lock|control\.sock|validator-\d+)$/;
const ACCOUNTS = 'accounts.json';
const MAX_UINT256 = (1n << 256n) - 1n;
const VALIDATOR_FOLDER = /^validator-\d+$/;

/** How many validators the chain of {@link openChain} has or gets. */
export function countValidators(datadir: string, flags: ChainFlags, { reset = false } = {}): number {
  return (findChain(resolve(datadir), reset) ?? newSettings(flags)).validators;
}

/**
 * The chain in `datadir`: the existing one, which the flags must not contradict, or a new one made by them. With
 * `reset` the existing one is removed first; whatever else lies in the folder stays.
 *
 * @throws HeddleError `CHAIN_CONTRADICTED`, `DATADIR_FOREIGN`, `FILE_UNREADABLE`, `FILE_MALFORMED`, `FILE_UNWRITABLE`,
 *   `GENESIS_CONTRADICTED`, `MNEMONIC_INVALID`, `NETWORK_KEY_INVALID`; of `readBaseChain` with `flags.from`
 */
export async function openChain(datadir: string, flags: ChainFlags, { reset = false } = {}): Promise<Chain> {
  const root = resolve(datadir);
  const found = findChain(root, reset);
  if (found) return openExisting(root, found, flags);
  if (existsSync(chainSettingsFile(root))) {
    removeChain(root); // unwanted, or its making was cut short: then nothing has been signed yet
  } else if (existsSync(root) && readdirSync(root).some((name) => isForeign(root, name))) {
    throw datadirForeign(datadir);
  }
  return createChain(root, flags);
}

/** The settings of the chain to go on with. */
function findChain(root: string, reset: boolean): ChainSettings | undefined {
  if (reset || !existsSync(chainSettingsFile(root))) return undefined;
  const found = readChainSettings(root);
  return found.isComplete ? found : undefined;
}

function removeChain(root: string): void {
  const entries = readdirSync(root).filter((name) => OWN_ENTRIES.test(name) && !isOfTheRun(name));
  // The settings go last: while they are there the folder is known to be ours.
  entries.sort((one, other) => Number(one === 'settings.json') - Number(other === 'settings.json'));
  for (const name of entries) {
    const path = join(root, name);
    // Validators' folders may be mounts of their own, which can be emptied but not removed.
    const inner = VALIDATOR_FOLDER.test(name) ? readdirSync(path).map((entry) => join(path, entry)) : [path];
    for (const one of inner) rmSync(one, { recursive: true, force: true });
  }
}

/** A lock, or what the supervisor that is about to run prints: neither belongs to the chain. */
function isOfTheRun(name: string): boolean {
  return /\.lock(\.|$)|^devnet\.log/.test(name);
}

/** Whether a folder without a chain holds this for somebody else: not its own run, nor an empty folder for a validator. */
function isForeign(root: string, name: string): boolean {
  return !isOfTheRun(name) && !(VALIDATOR_FOLDER.test(name) && readdirSync(join(root, name)).length === 0);
}

async function openExisting(root: string, found: ChainSettings, flags: ChainFlags): Promise<Chain> {
  const spec = readGenesisFile(join(root, 'genesis.json'));
  checkFlags(flags, root, found, spec);
  const settings = { ...found, ...blockTimes(flags, found) };
  writeChainSettings(root, settings);
  const prefunded = readAccounts(root, settings) ?? (await deriveAccounts(settings));
  return { datadir: root, isNew: false, settings, spec, prefunded, validators: validatorsOf(root, spec) };
}

async function createChain(root: string, flags: ChainFlags): Promise<Chain> {
  const settings = newSettings(flags);
  const { text, spec, prefunded } = await (settings.from === undefined
    ? beginChain(flags, settings)
    : continueChain(settings.from, flags, settings));
  writeChainSettings(root, settings);
  replaceFileByPieces(join(root, 'genesis.json'), text);
  writeAccounts(root, prefunded);
  for (let index = 0; index < settings.validators; index++) {
    await makeValidatorKeys(validatorPaths(root, index), deriveValidatorKeys(settings.seed, index));
  }
  const complete = { ...settings, isComplete: true };
  writeChainSettings(root, complete);
  return { datadir: root, isNew: true, settings: complete, spec, prefunded, validators: validatorsOf(root, spec) };
}

/** A chain and who has funds on it as it begins. */
interface ChainBeginning {
  /** Of its genesis.json, piece by piece. */
  readonly text: Iterable<string>;
  readonly spec: ChainSpec;
  readonly prefunded: readonly HeldAccount[];
}

async function beginChain(flags: ChainFlags, settings: ChainSettings): Promise<ChainBeginning> {
  const prefunded = await deriveAccounts(settings);
  const file = flags.genesis;
  const { json, spec } = makeGenesis({
    seed: settings.seed,
    validatorCount: settings.validators,
    prefunded: prefunded.map(({ address }) => address),
    balanceWei: settings.balanceWei,
    predeploys: settings.predeploys,
    timestamp: flags.seed === undefined ? Math.floor(Date.now() / 1_000) : SEEDED_TIMESTAMP,
    ...chosenRules(flags, settings),
    base: file === undefined ? undefined : { file, json: readJsonFile(file) },
  });
  return { text: [jsonText(json)], spec, prefunded };
}

async function continueChain(from: string, flags: ChainFlags, settings: ChainSettings): Promise<ChainBeginning> {
  const accounts = await prefundedAccounts(settings.mnemonic, settings.accounts);
  const addresses = accounts.map(({ address }) => address);
  const base = await readBaseChain(from, addresses, Date.now());
  const { seed, validators: validatorCount } = settings;
  const { json, spec } = continueGenesis({ seed, validatorCount, ...chosenRules(flags, settings), base });
  const prefunded = accounts.map((account, index) => ({ ...account, balanceWei: base.balances[index] }));
  return { text: genesisText(json, base.file), spec, prefunded };
}

function chosenRules({ chainId, gasLimit, elasticity }: ChainFlags, { blockTime }: ChainSettings) {
  const timestamps: TimestampRule | undefined = blockTime < 1 ? 'shared' : undefined;
  return { chainId, gasLimit, elasticity, timestamps };
}

async function deriveAccounts(settings: ChainSettings): Promise<HeldAccount[]> {
  const accounts = await prefundedAccounts(settings.mnemonic, settings.accounts);
  const balanceWei = settings.from === undefined ? settings.balanceWei : undefined;
  return accounts.map((account) => ({ ...account, balanceWei }));
}

function writeAccounts(root: string, accounts: readonly HeldAccount[]): void {
  const json = accounts.map((account) => ({ ...account, balanceWei: account.balanceWei?.toString() }));
  replaceJsonFile(join(root, ACCOUNTS), json, 0o600);
}

/** The accounts as they were derived; undefined when the file is gone: then they are derived again, which takes time. */
function readAccounts(root: string, settings: ChainSettings): HeldAccount[] | undefined {
  const file = join(root, ACCOUNTS);
  if (!existsSync(file)) return undefined;
  const accounts = new JsonField(file, '', readJsonFile(file)).elements();
  return accounts.map((account) => {
    const balance = account.field('balanceWei');
    return {
      address: account.field('address').address(),
      privateKey: account.field('privateKey').bytesOfSize(32),
      balanceWei: balance.isAbsent ? settings.balanceWei : balance.integer(0n, MAX_UINT256),
    };
  });
}

function newSettings(flags: ChainFlags): ChainSettings {
  return {
    isComplete: false,
    instanceId: newInstanceId(),
    seed: flags.seed ?? randomBytes(32).toString('hex'),
    mnemonic: flags.mnemonic ?? DEFAULT_MNEMONIC,
    accounts: flags.accounts ?? DEFAULT_ACCOUNTS,
    balanceWei: flags.balanceWei ?? DEFAULT_BALANCE_WEI,
    predeploys: flags.predeploys ?? 'all',
    validators: flags.validators ?? DEFAULT_VALIDATORS,
    genesisFileHash: flags.genesis === undefined ? undefined : hashOfFile(flags.genesis),
    from: flags.from === undefined ? undefined : resolve(flags.from),
    ...blockTimes(flags, undefined),
    p2pPorts: [],
  };
}

function validatorsOf(root: string, spec: ChainSpec): ChainValidator[] {
  return spec.validators.map(({ address }, index) => {
    const paths = validatorPaths(root, index);
    return { index, address, paths, peerId: ensureNetworkKey(paths).peerId };
  });
}

function validatorPaths(root: string, index: number): NodeFolderPaths {
  return nodeFolderPaths(join(root, `validator-${index}`), join('..', 'genesis.json'));
}
