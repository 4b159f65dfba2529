import { dirname } from 'node:path';
import { bytesToHex, hexToBytes } from '@heddle/primitives';
import { type DurableFiles, isMissing } from './durable-files.ts';
import { signerLost, signerStateCorrupt, signerStateMissing, signerUnwritable } from './signer-errors.ts';

/** The steps of a round in the order in which one validator signs them. */
export const SIGNER_STEP = { proposal: 1, prevote: 2, precommit: 3 } as const;

/** The last thing that was signed. */
export interface SignerState {
  /** The chain's era: a rewind begins a new one, in which heights come again. */
  readonly era: number;
  readonly height: number;
  readonly round: number;
  /** 1 proposal, 2 prevote, 3 precommit; 0 before the first signature. */
  readonly step: number;
  /** The 32 bytes signed, and the signature (65 bytes); both empty before the first. */
  readonly digest: Uint8Array;
  readonly signature: Uint8Array;
}

/** The state of a key that has signed nothing. */
export const UNUSED: SignerState = {
  era: 0,
  height: 0,
  round: 0,
  step: 0,
  digest: new Uint8Array(0),
  signature: new Uint8Array(0),
};

/**
 * The state in the file.
 *
 * @throws HeddleError `SIGNER_STATE_MISSING`, `SIGNER_STATE_CORRUPT`
 */
export async function readSignerState(path: string, files: DurableFiles): Promise<SignerState> {
  const bytes = await files.read(path);
  if (!bytes) throw signerStateMissing(path);
  let record: unknown;
  try {
    record = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    throw signerStateCorrupt(path, 'it is no JSON');
  }
  return checked(record, path);
}

/**
 * Writes a new state so that a crash at any point leaves the old or the new one: temporary file, fsync, rename, fsync
 * of the folder.
 *
 * @throws HeddleError `SIGNER_UNWRITABLE` before anything changed, `SIGNER_LOST` after
 */
export async function writeSignerState(path: string, state: SignerState, files: DurableFiles): Promise<void> {
  await layReady(path, state, files);
  await takeReady(path, files);
}

/**
 * The first half: a state lies beside the one in force and changes nothing yet.
 *
 * @throws HeddleError `SIGNER_UNWRITABLE`
 */
export async function layReady(path: string, state: SignerState, files: DurableFiles): Promise<void> {
  const { era, height, round, step } = state;
  const record = { era, height, round, step, digest: bytesToHex(state.digest), signature: bytesToHex(state.signature) };
  const bytes = Buffer.from(`${JSON.stringify(record)}\n`, 'utf8');
  try {
    const file = await files.open(readyPath(path));
    try {
      await file.truncate(0); // a crash may have left a longer one
      await file.write(bytes, 0);
      await file.datasync();
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw signerUnwritable(path, cause); // the old state still stands, and the half-written file is nobody's
  }
}

/**
 * The second half: what lies ready is in force, whatever happens, once this resolves.
 *
 * @throws HeddleError `SIGNER_UNWRITABLE` before anything changed, `SIGNER_LOST` after
 */
export async function takeReady(path: string, files: DurableFiles): Promise<void> {
  try {
    await files.rename(readyPath(path), path);
    await files.syncDirectory(dirname(path));
  } catch (cause) {
    throw isMissing(cause) ? signerUnwritable(path, cause) : signerLost(path, cause);
  }
}

function readyPath(path: string): string {
  return `${path}.new`;
}

function checked(record: unknown, path: string): SignerState {
  if (typeof record !== 'object' || record === null) throw signerStateCorrupt(path, 'it is no object');
  const fields = record as Record<string, unknown>;
  const count = (name: string): number => {
    const value = fields[name];
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
    throw signerStateCorrupt(path, `${name} is no number`);
  };
  const bytes = (name: string, sizeBytes: number): Uint8Array => {
    const value = fields[name];
    if (typeof value !== 'string' || !new RegExp(`^0x[0-9a-f]{${sizeBytes * 2}}$`).test(value)) {
      throw signerStateCorrupt(path, `${name} has not ${sizeBytes} bytes`);
    }
    return hexToBytes(value);
  };
  const step = count('step');
  if (step > SIGNER_STEP.precommit) throw signerStateCorrupt(path, `step ${step} does not exist`);
  // Signed bytes without a signature, or the reverse, were never written by us.
  const [digestBytes, signatureBytes] = step === 0 ? [0, 0] : [32, 65];
  return {
    era: count('era'),
    height: count('height'),
    round: count('round'),
    step,
    digest: bytes('digest', digestBytes),
    signature: bytes('signature', signatureBytes),
  };
}
