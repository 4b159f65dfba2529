import { HeddleError } from '@heddle/primitives';
import { crashPoint } from '../crash-points.ts';
import type { DurableFiles } from './durable-files.ts';
import type { SignerLock } from './signer-lock.ts';
import { layReady, type SignerState, takeReady } from './signer-state.ts';

/** A signer's state in memory and on the disk, on its way up. For one caller at a time. */
export class SignerProgress {
  readonly #path: string;
  readonly #files: DurableFiles;
  readonly #lock: SignerLock;
  #last: SignerState;
  /** What lies ready beside the state in force. */
  #ready: SignerState | undefined;
  #failure: unknown;

  constructor(path: string, last: SignerState, { files, lock }: { files: DurableFiles; lock: SignerLock }) {
    this.#path = path;
    this.#last = last;
    this.#files = files;
    this.#lock = lock;
  }

  get last(): SignerState {
    return this.#last;
  }

  get ready(): SignerState | undefined {
    return this.#ready;
  }

  /** @throws the error after which nothing on the disk is known; `SIGNER_LOCK_LOST` */
  assertSound(): void {
    if (this.#failure !== undefined) throw this.#failure;
    this.#lock.assertHeld();
  }

  /** Writes `next` beside the state in force. Throws as {@link SignerProgress.advance} does. */
  async prepare(next: SignerState): Promise<void> {
    this.assertSound(); // without the lock the file may be another process's
    this.#ready = undefined;
    await layReady(this.#path, next, this.#files);
    this.#ready = next;
  }

  /** Puts `next` in force. @throws HeddleError `SIGNER_UNWRITABLE`, `SIGNER_LOST`, `SIGNER_LOCK_LOST` */
  async advance(next: SignerState): Promise<void> {
    this.assertSound();
    crashPoint('before-signer-write');
    try {
      const isReady = this.#ready === next;
      this.#ready = undefined; // what is laid ready now may fail half-way
      if (!isReady) await layReady(this.#path, next, this.#files);
      await takeReady(this.#path, this.#files);
    } catch (error) {
      if (error instanceof HeddleError && error.code === 'SIGNER_LOST') this.#failure = error;
      throw error;
    }
    crashPoint('after-signer-write');
    this.#last = next;
  }
}
