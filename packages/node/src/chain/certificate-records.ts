import type { BatchOperation, KeyValueSource } from '@heddle/executor';
import { type CommitCertificate, decodeCommitCertificate } from '@heddle/primitives';
import { blockKey, readBlockRecord } from './chain-keys.ts';

/** The operation that stores the certificate (RLP) that block `number` was decided with. */
export function certificateOperation(number: number, certificate: Uint8Array): BatchOperation {
  return { type: 'put', key: blockKey('certificate', number), value: certificate };
}

/** RLP of the certificate that block `number` was decided with; genesis has none. */
export function readCertificateBytes(source: KeyValueSource, number: number): Uint8Array | undefined {
  return readBlockRecord(source, 'certificate', number);
}

/** The certificate that block `number` was decided with; genesis has none. */
export function readCertificate(source: KeyValueSource, number: number): CommitCertificate | undefined {
  const bytes = readCertificateBytes(source, number);
  return bytes && decodeCommitCertificate(bytes);
}
