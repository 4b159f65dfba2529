import { addressOfPublicKey } from './address.ts';
import {
  type Address,
  bigIntToBytes,
  bigIntToBytesOfSize,
  bytesToHex,
  concatBytes,
  type Hash,
  hexToBytes,
  numberToBytes,
  padBytes,
  ZERO_HASH,
} from './bytes.ts';
import { HeddleError } from './errors.ts';
import { keccak256 } from './keccak.ts';
import { decodeRlp, encodeRlp, type RlpItem } from './rlp.ts';
import { readFields } from './rlp-fields.ts';
import { secp256k1 } from './secp256k1.ts';

/** The two kinds of vote, with their numbers in the signed data. */
export const VOTE_KIND = { prevote: 1, precommit: 2 } as const;
/** A kind of vote by its name: rounds tell votes apart by it, the signed data and the wire carry the number. */
export type VoteKind = keyof typeof VOTE_KIND;

/** A prevote or precommit as signed. `blockId` undefined is nil. */
export interface UnsignedVote {
  readonly kind: VoteKind;
  readonly height: number;
  readonly round: number;
  readonly blockId: Hash | undefined;
}

/** A signed vote; `validator` is the address of the signing consensus key. */
export interface Vote extends UnsignedVote {
  readonly validator: Address;
  /** r ‖ s ‖ v, 65 bytes, v 27 or 28, low s. */
  readonly signature: Uint8Array;
}

/** A proposal as signed: the block's hash only. `polRound` is the valid round, -1 for none. */
export interface UnsignedProposal {
  readonly height: number;
  readonly round: number;
  readonly polRound: number;
  readonly blockId: Hash;
}

/** A signed proposal; the block itself travels beside it. */
export interface Proposal extends UnsignedProposal {
  readonly validator: Address;
  readonly signature: Uint8Array;
}

/** One validator's precommit inside a {@link CommitCertificate}. */
export interface CommitSignature {
  readonly validator: Address;
  readonly signature: Uint8Array;
}

/** Proof that more than two thirds of the stake precommitted `blockId` in `round`. Signers differ between nodes. */
export interface CommitCertificate {
  readonly height: number;
  readonly round: number;
  readonly blockId: Hash;
  readonly signatures: readonly CommitSignature[];
}

/** What ties votes to one chain and one era: the EIP-712 domain separator, 32 bytes. */
export type SigningDomain = Uint8Array;

const text = (value: string): Uint8Array => keccak256(Buffer.from(value, 'utf8'));
const DOMAIN_TYPE = text('EIP712Domain(string name,string version,uint256 chainId,bytes32 salt)');
const VOTE_TYPE = text('Vote(uint8 kind,uint64 height,uint32 round,bytes32 blockId)');
const PROPOSAL_TYPE = text('Proposal(uint64 height,uint32 round,int32 polRound,bytes32 blockId)');

/**
 * The domain of a chain: name `HeddleConsensus`, version `1`, salt keccak256(genesis hash ‖ era as 8 bytes). A chain that
 * goes on from another one's block has keccak256(genesis hash ‖ keccak256 of its `config.heddle`) for the genesis hash.
 */
export function signingDomain(chain: { chainId: number; genesisHash: Hash; era: number }): SigningDomain {
  const salt = keccak256(concatBytes(hexToBytes(chain.genesisHash), bigIntToBytesOfSize(BigInt(chain.era), 8)));
  return keccak256(concatBytes(DOMAIN_TYPE, text('HeddleConsensus'), text('1'), word(chain.chainId), salt));
}

/** The 32 bytes that a validator signs for `vote` (EIP-712). */
export function voteDigest(domain: SigningDomain, vote: UnsignedVote): Uint8Array {
  const fields = [
    word(VOTE_KIND[vote.kind]),
    word(vote.height),
    word(vote.round),
    hexToBytes(vote.blockId ?? ZERO_HASH),
  ];
  return typedDataDigest(domain, keccak256(concatBytes(VOTE_TYPE, ...fields)));
}

/** The 32 bytes that a proposer signs for `proposal` (EIP-712). */
export function proposalDigest(domain: SigningDomain, proposal: UnsignedProposal): Uint8Array {
  const fields = [
    word(proposal.height),
    word(proposal.round),
    signedWord(proposal.polRound),
    hexToBytes(proposal.blockId),
  ];
  return typedDataDigest(domain, keccak256(concatBytes(PROPOSAL_TYPE, ...fields)));
}

/** A digest's signature in Ethereum's form: r ‖ s ‖ v with v 27 or 28. */
export function signDigest(digest: Uint8Array, privateKey: Uint8Array): Uint8Array {
  const { rs, recovery } = secp256k1.sign(digest, privateKey);
  return concatBytes(rs, Uint8Array.of(27 + recovery));
}

/** Who signed `digest`; undefined for a malformed or high-s signature, so that each signer has one form. */
export function signerOfDigest(digest: Uint8Array, signature: Uint8Array): Address | undefined {
  const v = signature[64];
  if (signature.length !== 65 || (v !== 27 && v !== 28) || isHighS(signature.subarray(32, 64))) return undefined;
  const key = secp256k1.recover(digest, { rs: signature.subarray(0, 64), recovery: (v - 27) as 0 | 1 });
  return key && addressOfPublicKey(key);
}

/** Whether `vote` carries a signature by the validator it names. Costs one recovery (about 50 us native). */
export function isVoteAuthentic(domain: SigningDomain, vote: Vote): boolean {
  return signerOfDigest(voteDigest(domain, vote), vote.signature) === vote.validator;
}

/** Whether `proposal` carries a signature by the validator it names. */
export function isProposalAuthentic(domain: SigningDomain, proposal: Proposal): boolean {
  return signerOfDigest(proposalDigest(domain, proposal), proposal.signature) === proposal.validator;
}

/** The vote's wire and log form. */
export function encodeVote(vote: Vote): Uint8Array {
  return encodeRlp([
    numberToBytes(VOTE_KIND[vote.kind]),
    numberToBytes(vote.height),
    numberToBytes(vote.round),
    vote.blockId === undefined ? new Uint8Array(0) : hexToBytes(vote.blockId),
    hexToBytes(vote.validator),
    vote.signature,
  ]);
}

/**
 * The vote that `bytes` encodes, its signature unchecked.
 *
 * @throws HeddleError `RLP_MALFORMED`, `RLP_FIELD`, `VOTE_MALFORMED`
 */
export function decodeVote(bytes: Uint8Array): Vote {
  const fields = readFields(decodeRlp(bytes), 'vote');
  const kindNumber = fields.number('kind');
  const kind = kindNumber === 1 ? 'prevote' : kindNumber === 2 ? 'precommit' : undefined;
  if (!kind) throw new HeddleError('VOTE_MALFORMED', `vote kind ${kindNumber} does not exist`);
  const height = fields.number('height');
  const round = readRound(fields.number('round'));
  const id = fields.bytes('blockId');
  if (id.length !== 0 && id.length !== 32) throw new HeddleError('VOTE_MALFORMED', 'block id has a wrong length');
  const blockId = id.length === 0 ? undefined : bytesToHex(id);
  const vote: Vote = {
    kind,
    height,
    round,
    blockId,
    validator: fields.address('validator'),
    signature: fields.bytesOfSize('signature', 65),
  };
  fields.end();
  return vote;
}

/** The proposal's wire and log form. */
export function encodeProposal(proposal: Proposal): Uint8Array {
  return encodeRlp([
    numberToBytes(proposal.height),
    numberToBytes(proposal.round),
    numberToBytes(proposal.polRound + 1),
    hexToBytes(proposal.blockId),
    hexToBytes(proposal.validator),
    proposal.signature,
  ]);
}

/**
 * The proposal that `bytes` encodes, its signature unchecked.
 *
 * @throws HeddleError `RLP_MALFORMED`, `RLP_FIELD`
 */
export function decodeProposal(bytes: Uint8Array): Proposal {
  const fields = readFields(decodeRlp(bytes), 'proposal');
  const proposal: Proposal = {
    height: fields.number('height'),
    round: readRound(fields.number('round')),
    polRound: readRound(fields.number('polRound')) - 1,
    blockId: fields.hash('blockId'),
    validator: fields.address('validator'),
    signature: fields.bytesOfSize('signature', 65),
  };
  fields.end();
  return proposal;
}

/** The certificate's wire and disk form. */
export function encodeCommitCertificate(certificate: CommitCertificate): Uint8Array {
  return encodeRlp([
    numberToBytes(certificate.height),
    numberToBytes(certificate.round),
    hexToBytes(certificate.blockId),
    certificate.signatures.map(({ validator, signature }) => [hexToBytes(validator), signature]),
  ]);
}

/**
 * The certificate that `bytes` encodes, its signatures unchecked.
 *
 * @throws HeddleError `RLP_MALFORMED`, `RLP_FIELD`
 */
export function decodeCommitCertificate(bytes: Uint8Array): CommitCertificate {
  const fields = readFields(decodeRlp(bytes), 'commit certificate');
  const height = fields.number('height');
  const round = readRound(fields.number('round'));
  const blockId = fields.hash('blockId');
  const signatures = fields.list('signatures').map((item: RlpItem): CommitSignature => {
    const entry = readFields(item, 'commit signature');
    const signed = { validator: entry.address('validator'), signature: entry.bytesOfSize('signature', 65) };
    entry.end();
    return signed;
  });
  fields.end();
  return { height, round, blockId, signatures };
}

/** Rounds are signed as uint32 and polRound as int32, so the largest is 2^31 - 1. */
function readRound(round: number): number {
  if (round > 0x7fff_ffff) throw new HeddleError('VOTE_MALFORMED', `round ${round} exceeds 2^31 - 1`);
  return round;
}

const HALF_ORDER = hexToBytes('0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0');

function isHighS(s: Uint8Array): boolean {
  return Buffer.compare(s, HALF_ORDER) > 0;
}

function typedDataDigest(domain: SigningDomain, structHash: Uint8Array): Uint8Array {
  return keccak256(concatBytes(Uint8Array.of(0x19, 0x01), domain, structHash));
}

function word(value: number): Uint8Array {
  return padBytes(bigIntToBytes(BigInt(value)), 32);
}

function signedWord(value: number): Uint8Array {
  return value >= 0 ? word(value) : bigIntToBytesOfSize((1n << 256n) + BigInt(value), 32);
}
