import {
  type Address,
  assert,
  bytesToBigInt,
  bytesToHex,
  concatBytes,
  type Hash,
  hexToBytes,
} from '@heddle/primitives';
import type { LogsOf } from '../engine.ts';
import { depositLogMalformed } from '../errors.ts';
import { sha256 } from './crypto/sha256.ts';

/** The deposit contract's address on mainnet; the one that EIP-6110 watches unless the chain says otherwise. */
const MAINNET_DEPOSIT_CONTRACT: Address = '0x00000000219ab540356cbb839cbe05303d7705fa';
const DEPOSIT_TOPIC: Hash = '0x649bbc62d0e31342afea4e5cd82d4049e7e1ee912fc0889aa790803be39038c5';
const DEPOSIT_LOG_SIZE = 576;

/** Where a deposit log's five fields (public key, credentials, amount, signature, index) must lie, and their sizes. */
const DEPOSIT_FIELDS = [
  { offset: 160, size: 48 },
  { offset: 256, size: 32 },
  { offset: 320, size: 8 },
  { offset: 384, size: 96 },
  { offset: 512, size: 8 },
] as const;

/** sha256 over the sha256 of each request list that is not empty, with its type byte (EIP-7685); types by position. */
export function requestsHash(requests: readonly Uint8Array[]): Hash {
  assert(requests.length <= 256, 'a request type is one byte');
  const digests = requests.flatMap((data, type) =>
    data.length === 0 ? [] : [sha256(concatBytes(Uint8Array.of(type), data))],
  );
  return bytesToHex(sha256(concatBytes(...digests)));
}

/**
 * The deposits that the logs of `contract` announce, in order, 192 bytes each (EIP-6110).
 *
 * @throws HeddleError `DEPOSIT_LOG_MALFORMED`
 */
export function depositRequests(logsOf: LogsOf, contract: Address = MAINNET_DEPOSIT_CONTRACT): Uint8Array {
  const deposits = logsOf(contract)
    .filter(({ topics }) => topics[0] === DEPOSIT_TOPIC)
    .map(({ data }) => readDeposit(hexToBytes(data)));
  return concatBytes(...deposits);
}

function readDeposit(data: Uint8Array): Uint8Array {
  if (data.length !== DEPOSIT_LOG_SIZE)
    throw depositLogMalformed(`${data.length} bytes instead of ${DEPOSIT_LOG_SIZE}`);
  const wordAt = (offset: number) => bytesToBigInt(data.subarray(offset, offset + 32));
  return concatBytes(
    ...DEPOSIT_FIELDS.map(({ offset, size }, index) => {
      const isInPlace = wordAt(index * 32) === BigInt(offset) && wordAt(offset) === BigInt(size);
      if (!isInPlace) throw depositLogMalformed(`field ${index} is not where the deposit contract puts it`);
      return data.subarray(offset + 32, offset + 32 + size);
    }),
  );
}
