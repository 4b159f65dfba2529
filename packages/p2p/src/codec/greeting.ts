import {
  type Address,
  bigIntToBytes,
  decodeRlp,
  encodeRlp,
  type Hash,
  hexToBytes,
  keccak256,
  readFields,
} from '@heddle/primitives';
import { p2pErrors } from '../errors.ts';

/**
 * The version of all that nodes say to each other, their consensus messages too: nodes of two versions refuse each other.
 * 2: a round's status says whether a majority is known.
 */
export const PROTOCOL_VERSION = 2;

/** What each side says of itself when a connection opens. */
export interface Hello {
  readonly version: number;
  readonly chainTag: Hash;
  /** The last decided height. */
  readonly height: number;
  /** Who the sender claims to be, and the proof over {@link greetingDigest}; undefined on a full node. */
  readonly validator: { readonly address: Address; readonly signature: Uint8Array } | undefined;
}

/** Why a greeting is refused, with its number on the wire. */
export const REFUSAL = {
  version: 1,
  chain: 2,
  proof: 3,
  identity: 4,
  full: 5,
  duplicate: 6,
  malformed: 7,
} as const;
/** The name of a reason to refuse a greeting. */
export type RefusalReason = keyof typeof REFUSAL;

/** An answer to a greeting: the other side's own, or a refusal with the refuser's chain tag. */
export type GreetingAnswer =
  | { readonly hello: Hello; readonly refused?: undefined }
  | { readonly refused: RefusalReason; readonly chainTag: Hash; readonly hello?: undefined };

const HELLO = 1;
const REFUSED = 2;
const LABEL = Buffer.from('heddle p2p greeting 1', 'ascii');

/**
 * The 32 bytes that a validator key signs to say that `signer` is its node. Both peer ids stand in it and noise has
 * proven both, so the proof serves nobody else and nowhere else. It begins unlike EIP-712 data: no vote equals it.
 */
export function greetingDigest(chainTag: Hash, signer: string, other: string): Uint8Array {
  return keccak256(encodeRlp([LABEL, hexToBytes(chainTag), Buffer.from(signer, 'ascii'), Buffer.from(other, 'ascii')]));
}

/** The wire form of a greeting. */
export function encodeHello(hello: Hello): Uint8Array {
  const claim = hello.validator;
  return encodeRlp([
    bigIntToBytes(BigInt(HELLO)),
    bigIntToBytes(BigInt(hello.version)),
    hexToBytes(hello.chainTag),
    bigIntToBytes(BigInt(hello.height)),
    claim ? [hexToBytes(claim.address), claim.signature] : [],
  ]);
}

/** The wire form of a refusal. */
export function encodeRefusal(refusal: { readonly refused: RefusalReason; readonly chainTag: Hash }): Uint8Array {
  return encodeRlp([
    bigIntToBytes(BigInt(REFUSED)),
    bigIntToBytes(BigInt(REFUSAL[refusal.refused])),
    hexToBytes(refusal.chainTag),
  ]);
}

/**
 * What a peer sent as a greeting or as the answer to one; the proof is not checked.
 *
 * @throws HeddleError `RLP_MALFORMED`, `RLP_FIELD`, `P2P_GREETING_MALFORMED`
 */
export function decodeGreeting(bytes: Uint8Array): GreetingAnswer {
  const fields = readFields(decodeRlp(bytes), 'greeting');
  const kind = fields.number('kind');
  if (kind === REFUSED) {
    const number = fields.number('reason');
    const refused = (Object.keys(REFUSAL) as RefusalReason[]).find((reason) => REFUSAL[reason] === number);
    if (!refused) throw p2pErrors.greetingMalformed(`reason ${number} is unknown`);
    const answer: GreetingAnswer = { refused, chainTag: fields.hash('chainTag') };
    fields.end();
    return answer;
  }
  if (kind !== HELLO) throw p2pErrors.greetingMalformed(`kind ${kind} is unknown`);
  const version = fields.number('version');
  const chainTag = fields.hash('chainTag');
  const height = fields.number('height');
  const claim = fields.list('validator');
  // A later version may add fields: only our own must end here, so that the refusal can name the version.
  if (version === PROTOCOL_VERSION) fields.end();
  if (claim.length === 0) return { hello: { version, chainTag, height, validator: undefined } };
  const claimed = readFields(claim, 'greeting validator');
  const validator = { address: claimed.address('address'), signature: claimed.bytesOfSize('signature', 65) };
  claimed.end();
  return { hello: { version, chainTag, height, validator } };
}
