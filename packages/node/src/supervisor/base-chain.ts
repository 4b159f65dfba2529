import { type CheckDatabase, copyStore, hasStore, headState } from '@heddle/executor';
import { type Address, assert, type ChainBase, decodeHeader, isActive } from '@heddle/primitives';
import { checkChain } from '../chain/chain-checks.ts';
import { type ChainFolder, chainFolder } from '../chain/chain-folder.ts';
import { type ChainStore, openStore } from '../chain/chain-store.ts';
import { readHead } from '../chain/head-record.ts';
import { checkGenesisBlock } from '../chain/open-chain-store.ts';
import type { HeadInfo } from '../execution/main-boundary.ts';
import { type ChainConfig, forkAt } from '../foreign/chain-config.ts';
import { readGenesisHead } from '../genesis/genesis-file.ts';
import { partAt, readChainGenesis } from '../import/chain-genesis.ts';
import { baseFromFuture, baseMoved, baseTooOld, forkAhead } from './supervisor-errors.ts';

/** The chain in a folder, as validators go on from it. */
export interface BaseChain extends ChainBase {
  readonly gasLimit: bigint;
  /** Its genesis.json. */
  readonly file: string;
  /** What that file holds but for the alloc, which may be larger than memory. */
  readonly json: unknown;
  /** What each of the accounts that were asked for has. */
  readonly balances: readonly bigint[];
}

/** The oldest rules that a devnet's blocks are made by: their headers have all fields since. */
const OLDEST_FORK = 'prague';

/**
 * The chain in `datadir`, with what `accounts` have at its head. Validators can go on from there.
 *
 * @throws HeddleError of {@link chainFolder}, `openStore` and `readChainGenesis`; `STORE_OTHER_CHAIN`, `BASE_TOO_OLD`,
 *   `BASE_FROM_FUTURE`, `FORK_AHEAD`
 */
export async function readBaseChain(datadir: string, accounts: readonly Address[], nowMs: number): Promise<BaseChain> {
  const folder = chainFolder(datadir);
  const genesis = readChainGenesis(folder.genesis);
  return withStore(folder, (store) => {
    checkGenesisBlock(folder.database, store, genesis);
    const { number, hash, header } = store.head;
    const { gasLimit } = decodeHeader(header);
    checkRules(datadir, store.head, partAt(genesis.parts, number).config, nowMs);
    const state = headState(store.database);
    const balances = accounts.map((address) => state.account(address)?.balance ?? 0n);
    return { number, hash, gasLimit, file: folder.genesis, json: readGenesisHead(folder.genesis), balances };
  });
}

function checkRules(datadir: string, head: HeadInfo, config: ChainConfig, nowMs: number): void {
  const { number, timestamp, difficulty } = decodeHeader(head.header);
  const fork = forkAt(config, { number, timestamp, isMerged: difficulty === 0n });
  if (!isActive(fork, OLDEST_FORK)) throw baseTooOld(datadir, number, fork);
  if (timestamp * 1_000 > nowMs) throw baseFromFuture(datadir, number, timestamp);
  const ahead = Object.entries(config.forkTimes).find(([, time]) => time * 1_000 > nowMs);
  if (ahead) throw forkAhead(datadir, ...ahead);
}

/** A validator that may have no store yet. */
interface StoreOwner {
  readonly index: number;
  readonly paths: { readonly database: string };
}

/** Hears how far the copying is. */
type OnCopied = (what: string, done: number, total: number) => void;

/**
 * Gives each of `validators` that has no store, new or wiped, a copy of the one in `datadir`, whose head is `base`.
 *
 * @throws HeddleError `BASE_MOVED`, and of {@link chainFolder}, `openStore` and `copyStore`
 */
export async function placeBaseStores(
  datadir: string,
  base: ChainBase,
  { validators, onCopied }: { readonly validators: readonly StoreOwner[]; readonly onCopied: OnCopied },
): Promise<void> {
  const without: StoreOwner[] = [];
  for (const validator of validators) if (!(await hasStore(validator.paths.database))) without.push(validator);
  if (without.length === 0) return;
  const folder = chainFolder(datadir);
  const check: CheckDatabase = (database) => {
    checkChain(database, folder.database, undefined);
    const head = readHead(database);
    assert(head !== undefined, 'a checked store has a head');
    if (head.hash !== base.hash) throw baseMoved(datadir, base, head);
  };
  for (const { index, paths } of without) {
    const onFile = (done: number, total: number) => onCopied(`copying for validator ${index}`, done, total);
    await copyStore(folder.database, paths.database, { check, onFile });
  }
}

async function withStore<T>({ database }: ChainFolder, use: (store: ChainStore) => T): Promise<T> {
  const store = await openStore(database, { genesisHash: undefined });
  try {
    return use(store);
  } finally {
    await store.close();
  }
}
