// The root of the state: storage tries by account first, then the account trie by the first nibble of its keys.
import { allocateInJob, reachInJob } from "./arena";
import { MAX_WORKERS } from "../layout";
import { fetchPaths } from "./fetch";
import { accountItem, itemsEnd, sortItems } from "./items";
import { enterJob } from "./job";
import {
  ACCOUNT_COUNT, ACCOUNT_ITEM_SIZE, ACCOUNT_PREFIX, BIG_STORAGES, EPOCH, HEAD_NODE, ITEM_PREFIX, ITEM_SLOT_COUNT, ITEM_SLOTS,
  ITEM_STORAGE, ITEM_STORAGE_MODE, ITEM_STORAGE_ROOT, JOB_TOP, LEAF_STORAGE, OUTPUTS, ROOT_HASH, SLOT_COUNT,
  SLOT_ITEM_SIZE, SPLIT_SLOTS, STORAGE_GIVEN, STORAGE_KEPT, STORAGE_LIST, STORAGE_PREFIX_SIZE,
} from "./layout";
import { copyEmptyRoot, isEmptyRoot, leafMissing, storageRootOf } from "./leaf";
import { sealLevels } from "./levels";
import { touch } from "./node";
import { removeRecord } from "./output";
import { resolveRoot } from "./record";
import { sealRoot } from "./seal";
import { beginSplit, finishSplit, splitItems } from "./split";
import { find, update } from "./update";
import { turnTo } from "./workspace";

/**
 * Makes room for a job's items, accounts and behind them slots, and for their text; the host writes them. All other
 * workers are away.
 */
export function beginState(accounts: u32, slots: u32): void {
  store<u32>(ACCOUNT_COUNT, accounts);
  store<u32>(SLOT_COUNT, slots);
  const end = (itemsEnd() + 7) & ~7;
  reachInJob(end);
  store<u32>(JOB_TOP, u32(end));
  store<u32>(EPOCH, load<u32>(EPOCH) + 1);
  enterJob();
  memory.fill(OUTPUTS, 0, 4 * MAX_WORKERS); // of workers that take no part
}

/** The account trie that the job stands on: its root node, or 0 when only the hash at `hash` is known. The root node. */
export function openHead(node: usize, hash: usize): usize {
  turnToAccounts();
  const root = node != 0 ? node : isEmptyRoot(hash) ? 0 : resolveRoot(hash);
  if (root != 0) touch(root);
  store<u32>(HEAD_NODE, u32(root));
  return root;
}

/** Lists the accounts whose slots change, the big ones first. Their number. */
export function listStorages(): u32 {
  store<u32>(BIG_STORAGES, 0);
  if (load<u32>(SLOT_COUNT) == 0) return 0;
  const count = load<u32>(ACCOUNT_COUNT);
  const storages = allocateInJob(usize(count) << 2);
  store<u32>(STORAGE_LIST, u32(storages));
  let storageCount: u32 = 0;
  let bigCount: u32 = 0;
  for (let index: u32 = 0; index < count; index++) {
    const item = accountItem(index);
    const slots = load<u32>(item, ITEM_SLOT_COUNT);
    if (slots == 0) continue;
    const end = storages + (usize(storageCount++) << 2);
    store<u32>(end, u32(item));
    if (slots < SPLIT_SLOTS) continue;
    const place = storages + (usize(bigCount++) << 2);
    store<u32>(end, load<u32>(place));
    store<u32>(place, u32(item));
  }
  store<u32>(BIG_STORAGES, bigCount);
  return storageCount;
}

/** Updates the storage of the account at `task` behind the big ones. */
export function updateStorage(task: u32): void {
  const item = storageItem(load<u32>(BIG_STORAGES) + task);
  const root = storageNode(item);
  const list = listSlots(item);
  const end = list + (usize(load<u32>(item, ITEM_SLOT_COUNT)) << 2);
  sortItems(list, end);
  fetchPaths(root, list, end);
  finishStorage(item, root, update(root, 0, list, end));
}

/** Begins the update of the big storage `index`. */
export function beginBigStorage(index: u32): void {
  const item = storageItem(index);
  const root = storageNode(item);
  beginSplit(root, item + ITEM_PREFIX, STORAGE_PREFIX_SIZE);
  splitItems(load<u32>(item, ITEM_SLOTS), SLOT_ITEM_SIZE, load<u32>(item, ITEM_SLOT_COUNT));
}

/** Ends it, its subtries being updated. */
export function finishBigStorage(index: u32): void {
  const item = storageItem(index);
  const root = storageNode(item);
  finishStorage(item, root, finishSplit());
}

/** Begins the update of the account trie, whose 16 subtries are 16 tasks. */
export function beginAccounts(): void {
  beginSplit(load<u32>(HEAD_NODE), ACCOUNT_PREFIX, 1);
  splitItems(accountItem(0), ACCOUNT_ITEM_SIZE, load<u32>(ACCOUNT_COUNT));
}

/** Ends it: the new root node, 0 when the trie is empty; its hash stands in ROOT_HASH. */
export function finishAccounts(): usize {
  const before: usize = load<u32>(HEAD_NODE);
  const root = finishSplit();
  if (root == before) return root;
  closeRoot(before, root, ROOT_HASH);
  return root;
}

/** The root node of the storage that the item's account has, in the incarnation that it goes on in; 0: empty. */
function storageNode(item: usize): usize {
  let root: usize = 0;
  if (load<u8>(item, ITEM_STORAGE_MODE) == STORAGE_KEPT) {
    turnToAccounts();
    const leaf = find(load<u32>(HEAD_NODE), item);
    if (leaf == 0) leafMissing();
    root = atomic.load<u32>(leaf, LEAF_STORAGE);
    if (root == 0 && !isEmptyRoot(storageRootOf(leaf))) {
      turnTo(item + ITEM_PREFIX, STORAGE_PREFIX_SIZE);
      root = resolveRoot(storageRootOf(leaf));
      atomic.store<u32>(leaf, u32(root), LEAF_STORAGE);
    }
    if (root != 0) touch(root);
  }
  turnTo(item + ITEM_PREFIX, STORAGE_PREFIX_SIZE);
  return root;
}

function finishStorage(item: usize, before: usize, root: usize): void {
  if (root == before) return;
  closeRoot(before, root, item + ITEM_STORAGE_ROOT);
  store<u32>(item, u32(root), ITEM_STORAGE);
  store<u8>(item, STORAGE_GIVEN, ITEM_STORAGE_MODE);
}

/** Writes the hash of a trie whose root node was `before` and is `root`, 0 for none. */
export function closeRoot(before: usize, root: usize, hash: usize): void {
  if (root != 0) {
    sealLevels();
    sealRoot(root, hash);
    return;
  }
  if (before != 0) removeRecord(hash, 0);
  copyEmptyRoot(hash);
}

function listSlots(item: usize): usize {
  const count = load<u32>(item, ITEM_SLOT_COUNT);
  const list = allocateInJob(usize(count) << 2);
  const first: usize = load<u32>(item, ITEM_SLOTS);
  for (let index: usize = 0; index < count; index++) {
    store<u32>(list + (index << 2), u32(first + index * SLOT_ITEM_SIZE));
  }
  return list;
}

@inline
function storageItem(index: u32): usize {
  return load<u32>(<usize>load<u32>(STORAGE_LIST) + (usize(index) << 2));
}

function turnToAccounts(): void {
  turnTo(ACCOUNT_PREFIX, 1);
}
