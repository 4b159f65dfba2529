import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { isMissing } from './durable-files.ts';
import { signerLocked, signerLockLost } from './signer-errors.ts';

/** A held lock. */
export interface SignerLock {
  /** @throws HeddleError `SIGNER_LOCK_LOST` when another process has taken over. */
  assertHeld(): void;
  /** Gives it up. Safe to call twice. */
  release(): void;
}

/** Times of the lock between hosts. */
export interface SignerLockOptions {
  /** How often the holder touches its lock. */
  readonly touchEveryMs?: number;
  /** A lock of another host that has not been touched for so long is nobody's. */
  readonly foreignWaitMs?: number;
}

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When the process began, by the kernel's count: a pid comes again, this pair does not. Empty where unknown. */
  readonly startedAt: string;
  readonly nonce: string;
}

const POLL_MS = 100;

/**
 * Takes the lock file at `path`. One of a dead process on this host is taken over at once. Of another host (a
 * container that was made anew over the same volume) nobody can ask the kernel: there the lock must stay untouched
 * for `foreignWaitMs` first.
 *
 * @throws HeddleError `SIGNER_LOCKED`
 */
export async function acquireSignerLock(path: string, options: SignerLockOptions = {}): Promise<SignerLock> {
  const { touchEveryMs = 1_000, foreignWaitMs = 5_000 } = options;
  const own: Holder = {
    pid: process.pid,
    host: hostname(),
    startedAt: startOf(process.pid),
    nonce: randomBytes(8).toString('hex'),
  };
  const content = JSON.stringify(own);
  for (;;) {
    if (tryCreate(path, content)) return hold(path, content, touchEveryMs);
    const found = readLock(path);
    if (found === undefined) continue; // released in between
    const holder = parse(found);
    if (holder && (await isAlive(path, holder, foreignWaitMs))) {
      throw signerLocked(path, `process ${holder.pid}${holder.host === own.host ? '' : ` on ${holder.host}`}`);
    }
    removeDead(path, found);
  }
}

/** Creates the lock whole or not at all: a link to a finished file, which fails when the name is taken. */
function tryCreate(path: string, content: string): boolean {
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  writeFileSync(temporary, content, { flag: 'wx', mode: 0o600 });
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

function hold(path: string, content: string, touchEveryMs: number): SignerLock {
  const isHeld = () => readLock(path) === content;
  const touch = setInterval(() => {
    const now = new Date();
    if (isHeld()) utimesSync(path, now, now);
  }, touchEveryMs);
  touch.unref();
  return {
    assertHeld() {
      if (!isHeld()) throw signerLockLost(path);
    },
    release() {
      clearInterval(touch);
      if (isHeld()) rmSync(path, { force: true });
    },
  };
}

async function isAlive(path: string, holder: Holder, foreignWaitMs: number): Promise<boolean> {
  if (holder.host !== hostname()) return isTouched(path, foreignWaitMs);
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false; // EPERM: alive
  }
  return holder.startedAt === '' || startOf(holder.pid) === holder.startedAt;
}

async function isTouched(path: string, waitMs: number): Promise<boolean> {
  const before = touchedAt(path);
  for (let waitedMs = 0; waitedMs < waitMs; waitedMs += POLL_MS) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    if (touchedAt(path) !== before) return true;
  }
  return false;
}

/** Removes a dead holder's lock, unless it has become somebody else's meanwhile: then that one gets it back. */
function removeDead(path: string, expected: string): void {
  const aside = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  try {
    if (readLock(aside) !== expected) linkSync(aside, path);
  } finally {
    rmSync(aside, { force: true });
  }
}

function readLock(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function touchedAt(path: string): number | undefined {
  try {
    return statSync(path).mtimeMs;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Undefined for what is no lock of ours: whoever wrote it holds nothing. */
function parse(content: string): Holder | undefined {
  try {
    const { pid, host, startedAt } = JSON.parse(content) as Partial<Holder>;
    if (!Number.isSafeInteger(pid) || typeof host !== 'string' || typeof startedAt !== 'string') return undefined;
    return { pid: Number(pid), host, startedAt, nonce: '' };
  } catch {
    return undefined;
  }
}

/** Field 22 of /proc/<pid>/stat: ticks since boot when the process began; empty elsewhere. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
