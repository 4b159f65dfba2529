import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type Address,
  addressOfPublicKey,
  equalBytes,
  hexToBytes,
  type SigningDomain,
  secp256k1,
} from '@heddle/primitives';
import { type Authenticity, chainAuthenticity, type SignRequest } from './authenticity.ts';
import { type DurableFiles, diskFiles } from './durable-files.ts';
import { signerEraAhead, signerExists, signerKeyInvalid } from './signer-errors.ts';
import { acquireSignerLock, type SignerLock, type SignerLockOptions } from './signer-lock.ts';
import { SignerProgress } from './signer-progress.ts';
import { readSignerState, SIGNER_STEP, type SignerState, UNUSED, writeSignerState } from './signer-state.ts';

/** A signature that may leave the process, or why there is none. */
export type SignAnswer =
  | { readonly type: 'signed'; readonly signature: Uint8Array }
  /** regression: below the last signature. conflict: something else was signed at this height, round and step. */
  | { readonly type: 'refused'; readonly reason: 'regression' | 'conflict'; readonly last: SignerState };

/**
 * The one place where a validator's key signs consensus messages. It knows nothing of consensus but its order, so even
 * a wrong core cannot sign twice.
 */
export interface Signer {
  readonly address: Address;
  readonly stateFile: string;
  /** Whoever started the node takes the state for good, although it is missing or may be an old copy. */
  readonly isStateAccepted: boolean;
  /** The last signature, for comparing with store and log at start. */
  last(): SignerState;
  /**
   * A request is about to come: what its state needs of the disk beforehand is done now, beside other work. Nothing is
   * signed by that, and what fails is done when the request comes.
   */
  prepare(request: SignRequest): void;
  /**
   * Signs, once its state is on the disk; requests are served one after another.
   *
   * @throws HeddleError `SIGNER_UNWRITABLE` (nothing changed), `SIGNER_LOST`, `SIGNER_LOCK_LOST` (end the process)
   */
  sign(request: SignRequest): Promise<SignAnswer>;
  /**
   * Never sign at or below this place again: for an own signature found in the log or a certificate that the state does
   * not know (it was restored from an older copy). Throws as {@link Signer.sign} does.
   */
  raise(place: {
    readonly height: number;
    readonly round: number;
    readonly step: keyof typeof SIGNER_STEP;
  }): Promise<void>;
  /** The key for anything else that proves this validator's identity (the network's greeting), never votes. */
  readonly privateKey: Uint8Array;
  /** Waits for the request in progress and gives up the lock. */
  close(): Promise<void>;
}

/** Where a signer keeps its two files. They lie apart: the key never changes, the state with every signature. */
export interface SignerPaths {
  /** 64 hex digits, mode 0600. */
  readonly keyFile: string;
  readonly stateFile: string;
}

/** How a signer is opened. */
export interface SignerOptions extends SignerPaths {
  readonly domain: SigningDomain;
  readonly era: number;
  readonly lock?: SignerLockOptions;
  /** Default: secp256k1 on `domain`. */
  readonly authenticity?: Authenticity;
  /** A missing state is made anew, an old one raised ({@link Signer.isStateAccepted}); default: both are refused. */
  readonly acceptState?: boolean;
}

/**
 * Creates key and state for a new validator. Only `init` creates state.
 *
 * @throws HeddleError `SIGNER_EXISTS`, `SIGNER_KEY_INVALID`
 */
export async function initSigner(paths: SignerPaths, privateKey: Uint8Array, files = diskFiles): Promise<Address> {
  const { keyFile, stateFile } = paths;
  if (!secp256k1.isPrivateKey(privateKey)) throw signerKeyInvalid(keyFile, 'would not hold a secp256k1 key');
  for (const path of [keyFile, stateFile]) {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    if (await files.read(path)) throw signerExists(path);
  }
  await writeSignerState(stateFile, UNUSED, files);
  const file = await files.open(keyFile);
  await file.write(Buffer.from(`${Buffer.from(privateKey).toString('hex')}\n`, 'utf8'), 0);
  await file.datasync();
  await file.close();
  await files.syncDirectory(dirname(keyFile));
  return addressOfPublicKey(secp256k1.publicKey(privateKey));
}

/**
 * Opens an existing signer and takes its lock (`signer.lock` beside the state).
 *
 * @throws HeddleError `SIGNER_LOCKED`, `SIGNER_KEY_INVALID`, `SIGNER_STATE_MISSING`, `SIGNER_STATE_CORRUPT`,
 *   `SIGNER_ERA_AHEAD`
 */
export async function openSigner(
  options: SignerOptions,
  files: DurableFiles = diskFiles,
  acquireLock = acquireSignerLock,
): Promise<Signer> {
  const lock = await acquireLock(join(dirname(options.stateFile), 'signer.lock'), options.lock);
  try {
    const privateKey = await readKey(options.keyFile, files);
    const state = inEra(await readState(options, files), options);
    return createSigner(options, { privateKey, state, lock, files });
  } catch (error) {
    lock.release();
    throw error;
  }
}

function createSigner(
  { domain, era, stateFile, authenticity = chainAuthenticity(domain), acceptState = false }: SignerOptions,
  opened: { privateKey: Uint8Array; state: SignerState; lock: SignerLock; files: DurableFiles },
): Signer {
  const { privateKey, lock, files } = opened;
  const progress = new SignerProgress(stateFile, opened.state, { files, lock });
  let queue: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = queue.then(work);
    queue = turn.catch(() => undefined); // the caller hears of it; the next request still has its turn
    return turn;
  };
  const stateAfter = (request: SignRequest, digest: Uint8Array): SignerState => {
    return { era, ...placeOf(request), digest, signature: authenticity.sign(digest, privateKey) };
  };
  return {
    address: addressOfPublicKey(secp256k1.publicKey(privateKey)),
    privateKey,
    stateFile,
    isStateAccepted: acceptState,
    last: () => progress.last,
    prepare: (request) => {
      const laid = inTurn(async () => {
        const next = stateAfter(request, authenticity.digest(request));
        if (compare(next, progress.last) > 0) await progress.prepare(next);
      });
      laid.catch(() => undefined); // sign() meets the same again, and tells
    },
    sign: (request) =>
      inTurn(async (): Promise<SignAnswer> => {
        progress.assertSound();
        const digest = authenticity.digest(request);
        const { last, ready } = progress;
        const order = compare({ era, ...placeOf(request) }, last);
        if (order < 0) return { type: 'refused', reason: 'regression', last };
        if (order === 0) {
          if (!equalBytes(digest, last.digest)) return { type: 'refused', reason: 'conflict', last };
          return { type: 'signed', signature: last.signature };
        }
        const isReady = ready && equalBytes(digest, ready.digest);
        const next = isReady ? ready : stateAfter(request, digest);
        await progress.advance(next);
        return { type: 'signed', signature: next.signature };
      }),
    raise: ({ height, round, step }) =>
      inTurn(async () => {
        const place = { era, height, round, step: SIGNER_STEP[step] };
        // No message hashes to zero, so at this very place everything conflicts.
        const raised = { ...place, digest: new Uint8Array(32), signature: new Uint8Array(65) };
        if (compare(place, progress.last) > 0) await progress.advance(raised);
      }),
    close: async () => {
      await queue;
      lock.release();
    },
  };
}

type Place = Pick<SignerState, 'era' | 'height' | 'round' | 'step'>;

/** The order in which one validator signs: era, height, round, proposal < prevote < precommit. */
function compare(left: Place, right: Place): number {
  return left.era - right.era || left.height - right.height || left.round - right.round || left.step - right.step;
}

function placeOf(request: SignRequest): Omit<Place, 'era'> {
  if (request.type === 'proposal') {
    const { height, round } = request.proposal;
    return { height, round, step: SIGNER_STEP.proposal };
  }
  const { height, round, kind } = request.vote;
  return { height, round, step: SIGNER_STEP[kind] };
}

/** @throws HeddleError `SIGNER_ERA_AHEAD` */
function inEra(state: SignerState, { era, stateFile }: SignerOptions): SignerState {
  if (state.era > era) throw signerEraAhead(stateFile, state.era, era);
  return state.era === era ? state : { ...UNUSED, era }; // nothing was signed in this one
}

async function readState({ stateFile, acceptState }: SignerOptions, files: DurableFiles): Promise<SignerState> {
  if (acceptState && (await files.read(stateFile)) === undefined) {
    await mkdir(dirname(stateFile), { recursive: true, mode: 0o700 });
    await writeSignerState(stateFile, UNUSED, files);
  }
  return readSignerState(stateFile, files);
}

async function readKey(path: string, files: DurableFiles): Promise<Uint8Array> {
  const bytes = await files.read(path);
  if (!bytes) throw signerKeyInvalid(path, 'is missing');
  const text = Buffer.from(bytes).toString('utf8').trim();
  const key = /^(0x)?[0-9a-f]{64}$/i.test(text) ? hexToBytes(text.startsWith('0x') ? text : `0x${text}`) : undefined;
  if (!key || !secp256k1.isPrivateKey(key)) throw signerKeyInvalid(path, 'holds no secp256k1 key (64 hex digits)');
  return key;
}
