import { signerOfDigest } from '@heddle/primitives';
import { greetingDigest, type Hello, PROTOCOL_VERSION, type RefusalReason } from './codec/greeting.ts';
import type { NetworkContext } from './network-context.ts';
import type { PeerIdentity } from './ports.ts';

/** Whether a peer becomes one of ours. */
export type Admission =
  | { readonly identity: PeerIdentity; readonly refused?: undefined }
  | { readonly refused: RefusalReason; readonly identity?: undefined };

/** Judges what the peer `peerId` (proven by noise) says of itself. Our own peer id is the other one in its proof. */
export function judgeHello(context: NetworkContext, ownPeerId: string, peerId: string, hello: Hello): Admission {
  const { options, links, configured } = context;
  if (hello.version !== PROTOCOL_VERSION) return { refused: 'version' };
  if (hello.chainTag !== options.chainTag) return { refused: 'chain' };
  if (links.get(peerId)) return { refused: 'duplicate' };
  const claim = hello.validator;
  if (claim) {
    const digest = greetingDigest(options.chainTag, peerId, ownPeerId);
    if (signerOfDigest(digest, claim.signature) !== claim.address) return { refused: 'proof' };
  }
  const expected = configured.get(peerId)?.validator;
  if (expected !== undefined && claim?.address !== expected) return { refused: 'identity' };
  // A key that is not in the validator set proves nothing that counts here: its node follows like any other.
  const validator = claim && options.validators.includes(claim.address) ? claim.address : undefined;
  if (validator === undefined && !configured.has(peerId) && countAdmitted(context) >= options.maxFullNodes) {
    return { refused: 'full' };
  }
  return { identity: { peerId, validator, height: hello.height } };
}

/** What this node says of itself to `peerId`. */
export function ownHello(context: NetworkContext, ownPeerId: string, peerId: string): Hello {
  const { options, handlers } = context;
  const { validator, sign } = options.identity;
  const claim =
    validator === undefined || sign === undefined
      ? undefined
      : { address: validator, signature: sign(greetingDigest(options.chainTag, ownPeerId, peerId)) };
  return { version: PROTOCOL_VERSION, chainTag: options.chainTag, height: handlers.height(), validator: claim };
}

/** Full nodes that came by themselves; those in our configuration have a place in any case. */
function countAdmitted({ links, configured }: NetworkContext): number {
  return links.all().filter(({ identity }) => identity.validator === undefined && !configured.has(identity.peerId))
    .length;
}
