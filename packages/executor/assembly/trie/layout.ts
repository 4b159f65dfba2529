// The whole map of the tries' memory, which is apart from the blocks' (../layout.ts) and outlives them.
//
//   0x00000400  static read-only data (keccak's round constants)
//   0x00001000  CONTROL     words shared by all workers
//   0x00004000  SCRATCH     1 KiB a worker, as ../layout.ts has it: keccak's state
//   0x00020000  WORKSPACES  96 KiB a worker: keys, records on their way in, frames of the recursion
//   0x00800000  JOB         what one root is made of: items, lists, the records to write; forgotten by the next root
//   0x10000000  SPACE 0     nodes
//   0x48000000  SPACE 1     nodes; a collection copies what is kept from one space to the other
//   0x80000000  end; memory is only as large as what is in use reaches
//
// Nodes never change once their parent knows their hash, but for pointers to children that are loaded later. So a root
// can be begun, given up and made again, several roots stand beside each other, and a worker that dies breaks nothing.
//
// (a): written by several workers and always atomic.

import { MAX_WORKERS } from "../layout";

export const JOB: usize = 0x800000;
export const SPACE_0: usize = 0x10000000;
export const SPACE_1: usize = 0x48000000;
export const SPACES_END: usize = 0x80000000;

// ---- CONTROL ----------------------------------------------------------------------------------------------------
const CONTROL: usize = 0x1000;
/** (a) First free byte of the space in use. */
export const SPACE_TOP: usize = CONTROL;
/** (a) First free byte of the job's region. */
export const JOB_TOP: usize = CONTROL + 64;
/** (a) phase << 20 | next task, all ones while there is none: by compare-and-swap, so none of an ended phase is taken. */
export const TICKET: usize = CONTROL + 128;
/** (a) Tasks of the phase that are done; the futex of worker 0. */
export const DONE: usize = CONTROL + 192;
/** (a) Counts offers and the job's end; the futex of the others. */
export const TURN: usize = CONTROL + 256;
/** (a) One of JOB_*. */
export const JOB_STATE: usize = CONTROL + 320;
/** (a) How many of the phase's tasks may be taken. */
export const OFFERED: usize = CONTROL + 352;
// (a) Written by worker 0 while no ticket can be taken:
export const TASK_COUNT: usize = CONTROL + 384;
export const TASK_KIND: usize = CONTROL + 388;
/** Counts roots. Nodes carry that of their last use. */
export const EPOCH: usize = CONTROL + 392;
export const SPACE_START: usize = CONTROL + 396;
export const ACCOUNT_COUNT: usize = CONTROL + 400;
export const SLOT_COUNT: usize = CONTROL + 404;
/** Addresses of the job's lists: accounts with changed slots; leaves of an ordered trie. */
export const STORAGE_LIST: usize = CONTROL + 412;
export const LEAF_LIST: usize = CONTROL + 416;
export const LEAF_COUNT: usize = CONTROL + 420;
/** The account trie that the job stands on: its root node, 0 when it is empty. */
export const HEAD_NODE: usize = CONTROL + 424;
/** Where the stored form of a block's receipts begins, and the first of them in it. */
export const STORED_RECEIPTS: usize = CONTROL + 428;
export const FIRST_STORED: usize = CONTROL + 432;
// A trie whose 16 subtries are 16 tasks:
export const SPLIT_NODE: usize = CONTROL + 448;
export const SPLIT_PREFIX: usize = CONTROL + 452;
export const SPLIT_PREFIX_SIZE: usize = CONTROL + 456;
/** What the keys of the account trie's records begin with: one byte, written by the host. */
export const ACCOUNT_PREFIX: usize = CONTROL + 460;
/** Accounts of STORAGE_LIST that are updated one after another, each split: the first ones. */
export const BIG_STORAGES: usize = CONTROL + 464;
/** Address of the list of items, by their first nibble, and how many there are. */
export const SPLIT_LIST: usize = CONTROL + 468;
export const SPLIT_COUNT: usize = CONTROL + 472;
/** 17 places in the list of items. */
export const SPLIT_STARTS: usize = CONTROL + 512;
/** 16 nodes. */
export const SPLIT_RESULTS: usize = CONTROL + 640;
/** Hash of the root that was made last. */
export const ROOT_HASH: usize = CONTROL + 768;
/** Per worker: first chunk of the records to write. */
export const OUTPUTS: usize = CONTROL + 1024;
if (OUTPUTS + 4 * usize(MAX_WORKERS) > 0x4000) ERROR("CONTROL reaches into SCRATCH");

export const JOB_NONE: u32 = 0;
export const JOB_RUNS: u32 = 1;
/** A worker failed or died: all leave, and the root is made again. */
export const JOB_ABORTED: u32 = 2;

/** Makes the keys of 128 items. */
export const TASK_HASH: u32 = 1;
/** Updates the storage trie of one account. */
export const TASK_STORAGE: u32 = 2;
/** Updates one of 16 subtries. */
export const TASK_SUBTRIE: u32 = 3;
/** Hashes 64 leaves of an ordered trie. */
export const TASK_LEAVES: u32 = 4;
/** Encodes 64 receipts, blooms included, and hashes their leaves. */
export const TASK_RECEIPTS: u32 = 5;

// ---- WORKSPACES -------------------------------------------------------------------------------------------------
//   0 key 128 | 128 path 32 | 192 reference 32 | 256 record 4096 | 4352 encoding 1024 | 5376 queue 64
//   5440 another encoding 1024 | 8192 frames | 16384 folds | 50176 entries of blooms | 74752 two digests 64
//   74816 fetched nodes 128 | 74944 levels 256
const WORKSPACES: usize = 0x20000;
const WORKSPACE_SIZE: usize = 0x18000;
if (WORKSPACES + usize(MAX_WORKERS) * WORKSPACE_SIZE > JOB) ERROR("WORKSPACES reach into JOB");
/** Key of a record on its way to the host. */
export const IN_KEY: usize = 0;
/** Path of a node that is being read. */
export const IN_PATH: usize = 128;
export const IN_REFERENCE: usize = 192;
/** A record that the host read. */
export const IN_RECORD: usize = 256;
export const RECORD_CAPACITY: u32 = 4096;
export const IN_ENCODING: usize = 4352;
/** Encodings that wait to be hashed, one of each class. */
export const IN_QUEUE: usize = 5376;
export const QUEUE_CLASSES: u32 = 4;
export const IN_OTHER_ENCODING: usize = 5440;
const IN_FRAMES: usize = 8192;
const IN_FOLDS: usize = 16384;

/** The workspace of worker `index`. */
export function workspaceAddress(index: u32): usize {
  return WORKSPACES + usize(index) * WORKSPACE_SIZE;
}

// Frame of a branch at depth 0 to 63 whose children are being updated:
//   0 child 4 x 16 | 64 present | 68 changed
export const FRAME_PRESENT: usize = 64;
export const FRAME_CHANGED: usize = 68;
export const FRAME_SIZE: usize = 72;
if (IN_FRAMES + 64 * FRAME_SIZE > IN_FOLDS) ERROR("frames reach into folds");

@inline export function frameAt(workspace: usize, depth: u32): usize {
  return workspace + IN_FRAMES + usize(depth) * FRAME_SIZE;
}

// Fold: a branch whose nodes are not kept.   0 sizes 1 x 16 | 16 references 32 x 16
export const FOLD_REFERENCES: usize = 16;
export const FOLD_SIZE: usize = 16 + 16 * 32;
/** Entries of blooms whose bits are known: see bloom.ts. */
export const IN_ENTRIES: usize = IN_FOLDS + 64 * FOLD_SIZE;
export const ENTRY_COUNT: u32 = 512;
export const ENTRY_SIZE: usize = 48;
export const IN_DIGESTS: usize = IN_ENTRIES + usize(ENTRY_COUNT) * ENTRY_SIZE;
/** Nodes that are being fetched for a group of items. */
export const IN_FETCH: usize = IN_DIGESTS + 64;
export const FETCH_GROUP: usize = 32;
/** For each depth: the first child of a branch there that waits to be sealed. */
export const IN_LEVELS: usize = IN_FETCH + (FETCH_GROUP << 2);
if (IN_LEVELS + 64 * 4 > WORKSPACE_SIZE) ERROR("levels outgrow the workspace");

@inline export function foldAt(workspace: usize, depth: u32): usize {
  return workspace + IN_FOLDS + usize(depth) * FOLD_SIZE;
}

// ---- Nodes ------------------------------------------------------------------------------------------------------
// A node knows the path from the root to its end, so that it can be moved up and down without a copy.
//   leaf    0 kind | 2 value size u16 | 4 last use | 8 key 32 | 40 storage root node | 44 value
//   branch  0 kind | 1 depth | 2 mask u16 | 4 last use | 8 path 32 | 40 inline mask u16 | 44 children 4 each
//           | references 32 each
// A branch may begin above its depth: then an extension leads to it, which is no node of its own here.
export const NODE_KIND: usize = 0;
export const BRANCH_DEPTH: usize = 1;
/** Which of the 16 ways lead on. */
export const BRANCH_MASK: usize = 2;
export const LEAF_VALUE_SIZE: usize = 2;
export const NODE_LAST_USE: usize = 4;
export const NODE_PATH: usize = 8;
/** Of an account's leaf: root node of its storage trie; 0 when there is none or it is not loaded. */
export const LEAF_STORAGE: usize = 40;
export const LEAF_VALUE: usize = 44;
/** Which children's references are their encodings, shorter than a hash. */
export const BRANCH_INLINE: usize = 40;
export const BRANCH_CHILDREN: usize = 44;
export const KIND_LEAF: u32 = 1;
export const KIND_BRANCH: u32 = 2;
/** A collection has copied it; the new address stands in place of its last use. */
export const KIND_MOVED: u32 = 3;
/** Nibbles of a key of the state's tries. */
export const KEY_NIBBLES: u32 = 64;

// ---- Items: what the host hands over ----------------------------------------------------------------------------
//   all      0 key 32 | 32 kind | 33 put | 34 storage mode | 35 whether the account has code
//   account  36 storage root node | 40 storage root 32 | 72 code hash 32 | 104 balance 32 | 136 nonce 8
//            | 144 prefix of its storage trie's records 25, whose bytes 1 to 20 are the address
//            | 172 first slot | 176 number of slots .. 184
//   slot     40 value 32 .. 72; made here
//   leaf     40 value's size | 44 nibbles of the key | 45 reference's size | 48 reference 32 .. 80, the value 64 behind
// Behind accounts and slots come the addresses as text, all in one string: "0x" and their hex digits; then the slots as
// records (src/state/slot-changes.ts):
//   record   0 slot 32 | 32 value before 32 | 64 value after 32 .. 96
export const ITEM_KIND: usize = 32;
/** 0: the key goes. */
export const ITEM_PUT: usize = 33;
export const ITEM_STORAGE_MODE: usize = 34;
/** 0: its code hash is that of no code, and the item's is not read. */
export const ITEM_HAS_CODE: usize = 35;
export const ITEM_STORAGE: usize = 36;
export const ITEM_STORAGE_ROOT: usize = 40;
export const ITEM_CODE_HASH: usize = 72;
export const ITEM_BALANCE: usize = 104;
export const ITEM_NONCE: usize = 136;
export const ITEM_PREFIX: usize = 144;
export const ITEM_SLOTS: usize = 172;
export const ITEM_SLOT_COUNT: usize = 176;
export const ACCOUNT_ITEM_SIZE: usize = 184;
export const ITEM_VALUE: usize = 40;
export const SLOT_ITEM_SIZE: usize = 72;
export const RECORD_AFTER: usize = 64;
export const SLOT_RECORD_SIZE: usize = 96;
export const ITEM_VALUE_SIZE: usize = 40;
export const ITEM_NIBBLES: usize = 44;
export const ITEM_REFERENCE_SIZE: usize = 45;
export const ITEM_REFERENCE: usize = 48;
export const LEAF_ITEM_SIZE: usize = 80;
/** Free bytes between a leaf item and its value: the rest of the leaf's encoding is written there. */
export const LEAF_HEADROOM: usize = 64;

/** Characters of an address. */
export const ADDRESS_TEXT_SIZE: usize = 42;

// Receipts, at the start of the job's region; behind them what the runs left (run-results.ts), and what is made of both here:
// leaf items, and the form that is stored.
//   receipt  0 type | 1 whether it has a root | 4 result | 8 gas used f64 | 16 root 32 | 48 gas of all so far 8
//            | 56 leaf item | 60 size of the list's content | 64 size of the logs | 68 place among those stored .. 72
export const RECEIPT_HAS_ROOT: usize = 1;
export const RECEIPT_RESULT: usize = 4;
export const RECEIPT_GAS_USED: usize = 8;
export const RECEIPT_ROOT: usize = 16;
export const RECEIPT_GAS_SO_FAR: usize = 48;
export const RECEIPT_ITEM: usize = 56;
export const RECEIPT_CONTENT_SIZE: usize = 60;
export const RECEIPT_LOGS_SIZE: usize = 64;
export const RECEIPT_STORED: usize = 68;
export const RECEIPT_SIZE: usize = 72;
export const BLOOM_SIZE: usize = 256;

export const ITEM_ACCOUNT: u32 = 0;
export const ITEM_OF_SLOT: u32 = 1;
export const ITEM_LEAF: u32 = 2;

/** Its storage is what the account's leaf says. */
export const STORAGE_KEPT: u32 = 0;
export const STORAGE_EMPTY: u32 = 1;
/** It stands in the item. */
export const STORAGE_GIVEN: u32 = 2;

/** What the keys of the account trie's records begin with; of a storage trie's: the prefix in its account's item. */
export const STORAGE_PREFIX_SIZE: u32 = 25;
/** Slots from which on a storage trie is split over the workers. */
export const SPLIT_SLOTS: u32 = 512;

// ---- Output: records to write, in chunks --------------------------------------------------------------------------
//   chunk   0 next | 4 used (bytes of records) | 8 records
//   record  0 value size, or RECORD_GOES | 4 key size | 8 key | value
export const CHUNK_NEXT: usize = 0;
export const CHUNK_USED: usize = 4;
export const CHUNK_RECORDS: usize = 8;
export const OUTPUT_KEY_SIZE: usize = 4;
export const OUTPUT_KEY: usize = 8;
export const RECORD_GOES: u32 = 0xffffffff;

/** What a worker takes at once for nodes, and for output; bytes. */
export const NODE_CHUNK_SIZE: usize = 0x8000;
export const OUTPUT_CHUNK_SIZE: usize = 0x10000;
