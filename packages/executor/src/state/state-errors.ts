import { type Hash, HeddleError } from '@heddle/primitives';

/** Whether the store is at fault, be it that it cannot be read or that it lacks what it must hold. */
export function isOfStore(error: unknown): boolean {
  return error instanceof HeddleError && /^(STORE|STATE)_/.test(error.code);
}

/** Another process (or another owner in this one) has the store open. */
export function storeLocked(folder: string, cause?: unknown): HeddleError {
  return new HeddleError('STORE_LOCKED', `the store ${folder} is in use by another process`, {
    remedy: 'stop that process, or give this one a --datadir of its own',
    cause,
  });
}

/** There is no store where one is expected. */
export function storeMissing(folder: string, cause?: unknown): HeddleError {
  return new HeddleError('STORE_MISSING', `no chain store in ${folder}`, {
    remedy: 'check --datadir, or begin a new chain with --reset',
    cause,
  });
}

/** A store stands where a new one was to be made. */
export function storeExists(folder: string): HeddleError {
  return new HeddleError('STORE_EXISTS', `${folder} already holds a chain store`, {
    remedy: 'open it, or remove it first with --reset',
  });
}

/** The store's files are damaged. `what` names the finding. */
export function storeCorrupt(folder: string, what: string, cause?: unknown): HeddleError {
  return new HeddleError('STORE_CORRUPT', `the store ${folder} is damaged: ${oneLine(what)}`, {
    remedy:
      'remove this folder and start again: the node fetches the chain from its peers; a devnet begins anew with --reset',
    cause,
  });
}

/** LevelDB's words may hold bytes of a damaged file. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}|\p{Zl}|\p{Zp}/gu, '?');
}

/** The disk refused: full, not writable, gone. */
export function storeUnreadable(folder: string, cause: unknown): HeddleError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new HeddleError('STORE_UNREADABLE', `the store ${folder} cannot be opened: ${why}`, {
    remedy: 'check that the folder is writable and the disk has space',
    cause,
  });
}

/** The disk refused a write: full, not writable, gone. Nothing of the batch is in the store. */
export function storeUnwritable(folder: string, cause: unknown): HeddleError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new HeddleError('STORE_UNWRITABLE', `the store ${folder} cannot be written: ${why}`, {
    remedy: 'make room on the disk or make the folder writable, then start again: nothing that was final is lost',
    cause,
  });
}

/** The store was written in another format. */
export function storeFormatUnknown(folder: string, found: string, known: number): HeddleError {
  return new HeddleError(
    'STORE_FORMAT',
    `the store ${folder} has format ${found}, this version reads format ${known}`,
    {
      remedy: 'use the version of heddle that wrote it, or begin a new chain with --reset',
    },
  );
}

/** A code hash that no account of this store ever had: the store lost something. */
export function codeMissing(codeHash: Hash): HeddleError {
  return new HeddleError('STATE_CODE_MISSING', `the store has no code with hash ${codeHash}`, {
    remedy: 'the store is damaged; remove it and let the node fetch the chain from its peers',
  });
}

/** The state root that the flat state gives is not the head's. */
export function stateRootMismatch(blockNumber: number, expected: Hash, found: Hash): HeddleError {
  return new HeddleError(
    'STATE_ROOT_MISMATCH',
    `the stored state of block ${blockNumber} has root ${found}, its header says ${expected}`,
    { remedy: 'the store is damaged; remove it and let the node fetch the chain from its peers' },
  );
}

/** A node of a trie is not in the store, or is not the one that its parent names. */
export function trieDamaged(what: string): HeddleError {
  return new HeddleError('STATE_TRIE_DAMAGED', `the store's state trie is damaged: ${what}`, {
    remedy: 'remove the store and let the node fetch the chain from its peers; a devnet begins anew with --reset',
  });
}

/** A record of the state's history that must be there is not. */
export function historyDamaged(what: string): HeddleError {
  return new HeddleError('STATE_HISTORY_DAMAGED', `the store's history is damaged: ${what}`, {
    remedy: 'remove the store and let the node fetch the chain from its peers; a devnet begins anew with --reset',
  });
}

/** The state of a block whose history was pruned. */
export function statePruned(blockNumber: number, oldest: number): HeddleError {
  return new HeddleError(
    'STATE_PRUNED',
    `the state of block ${blockNumber} is not kept, the oldest that is kept is block ${oldest}'s`,
    { remedy: 'ask for a later block, or run a node that keeps more (--history) from the beginning' },
  );
}

/** A past state that would take longer to put together than a question may. */
export function stateOutOfReach(blockNumber: number): HeddleError {
  return new HeddleError('STATE_OUT_OF_REACH', `too much has changed since block ${blockNumber} to prove its state`, {
    remedy: 'ask about a later block',
  });
}

/** The process may not have the address space for the tries. */
export function trieUnaffordable(gibibytes: number, cause: unknown): HeddleError {
  return new HeddleError(
    'STATE_TRIE_UNAFFORDABLE',
    `${gibibytes} GiB of address space for the state tries are refused`,
    {
      remedy: 'raise the limit of virtual memory (ulimit -v); only what is used of it becomes resident',
      cause,
    },
  );
}

/** One update of the tries needs more memory than there can be (about a million leaves at once), or than it gets. */
export function trieTooLarge(): HeddleError {
  return new HeddleError('STATE_TRIE_TOO_LARGE', 'the memory of the state tries is used up', {
    remedy: 'give the process more memory; of one account, about a million storage slots can change in one block',
  });
}
