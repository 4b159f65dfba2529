import type { Connection, Stream } from '@libp2p/interface';
import { judgeHello, ownHello } from './admission.ts';
import { encodeFrame } from './codec/frame.ts';
import {
  decodeGreeting,
  encodeHello,
  encodeRefusal,
  type Hello,
  PROTOCOL_VERSION,
  type RefusalReason,
} from './codec/greeting.ts';
import { p2pErrors, reasonOf } from './errors.ts';
import { PENALTY } from './limits.ts';
import { hasCode, type NetworkContext } from './network-context.ts';
import type { PeerIdentity } from './ports.ts';
import { abortStream, readFrame } from './stream-io.ts';

/** How a greeting ended. A refusal may be ours or theirs. */
export type GreetingOutcome =
  | { readonly identity: PeerIdentity; readonly failed?: undefined }
  | { readonly failed: RefusalReason | 'unreachable'; readonly identity?: undefined };

/** The dialer's part: says hello, hears the other's hello or refusal, judges it. Never rejects. */
export async function greetAsDialer(
  context: NetworkContext,
  connection: Connection,
  ownPeerId: string,
): Promise<GreetingOutcome> {
  const { limits, protocols } = context;
  const peerId = connection.remotePeer.toString();
  let stream: Stream | undefined;
  try {
    stream = await connection.newStream(protocols.greeting, { signal: AbortSignal.timeout(limits.greetingMs) });
    stream.send(encodeFrame(encodeHello(ownHello(context, ownPeerId, peerId))));
    const answer = decodeGreeting(await readGreeting(context, stream));
    if (answer.hello) return judge(context, connection, ownPeerId, answer.hello);
    tellRefused(context, connection, answer.refused, answer.chainTag);
    return { failed: answer.refused };
  } catch (error) {
    return failure(context, peerId, error);
  } finally {
    if (stream) abortStream(stream, 'since the greeting is over');
  }
}

/** The listener's part: hears hello, judges it, answers. The stream is the dialer's to end. Never rejects. */
export async function greetAsListener(
  context: NetworkContext,
  connection: Connection,
  stream: Stream,
  ownPeerId: string,
): Promise<GreetingOutcome> {
  const peerId = connection.remotePeer.toString();
  try {
    const answer = decodeGreeting(await readGreeting(context, stream));
    if (!answer.hello) throw p2pErrors.greetingMalformed('begins with a refusal');
    const outcome = judge(context, connection, ownPeerId, answer.hello);
    stream.send(
      encodeFrame(
        outcome.failed !== undefined && outcome.failed !== 'unreachable'
          ? encodeRefusal({ refused: outcome.failed, chainTag: context.options.chainTag })
          : encodeHello(ownHello(context, ownPeerId, peerId)),
      ),
    );
    return outcome;
  } catch (error) {
    return failure(context, peerId, error);
  }
}

function readGreeting({ limits }: NetworkContext, stream: Stream): Promise<Uint8Array> {
  return readFrame(stream, { limitBytes: limits.greetingBytes, timeoutMs: limits.greetingMs, what: 'the greeting' });
}

function judge(context: NetworkContext, connection: Connection, ownPeerId: string, hello: Hello): GreetingOutcome {
  const { counters, options } = context;
  const peerId = connection.remotePeer.toString();
  const admission = judgeHello(context, ownPeerId, peerId, hello);
  if (admission.identity) return { identity: admission.identity };
  const { refused } = admission;
  counters.add('greetings_refused_total');
  const fields = { peerId, address: connection.remoteAddr.toString() };
  if (refused === 'chain') {
    context.warnings.warnOnce(
      peerId,
      'chain',
      { ...fields, theirs: hello.chainTag, ours: options.chainTag },
      'peer refused: it belongs to another chain',
    );
  } else if (refused === 'proof') {
    context.warnings.warnOnce(peerId, 'proof', { ...fields, claimed: hello.validator?.address }, WARNING.proof);
    context.penalize(peerId, PENALTY.forgedProof, 'forged validator proof');
  } else if (refused === 'identity') {
    const expected = context.configured.get(peerId)?.validator;
    const claimed = hello.validator?.address;
    context.warnings.warnOnce(peerId, 'identity', { ...fields, claimed, expected }, WARNING.identity);
  } else if (refused === 'version') {
    const versions = { theirs: hello.version, ours: PROTOCOL_VERSION };
    context.warnings.warnOnce(peerId, 'version', { ...fields, ...versions }, WARNING.version);
  } else {
    options.log.debug({ ...fields, reason: refused }, 'peer refused');
  }
  return { failed: refused };
}

const WARNING = {
  proof: 'peer refused: it claims a validator without its key',
  identity: 'peer refused: it is not the configured validator',
  version: 'peer refused: it speaks another protocol version',
  refusedUs: 'a peer refused this node',
  refusedVersion: 'a peer refused this node: it speaks another protocol version',
  refusedChain: 'a peer refused this node: it belongs to another chain',
} as const;

function tellRefused(context: NetworkContext, connection: Connection, reason: RefusalReason, chainTag: string): void {
  const peerId = connection.remotePeer.toString();
  const fields = { peerId, address: connection.remoteAddr.toString(), reason };
  if (reason === 'chain') {
    const tags = { theirs: chainTag, ours: context.options.chainTag };
    context.warnings.warnOnce(peerId, 'chain', { ...fields, ...tags }, WARNING.refusedChain);
  } else if (reason === 'version') {
    context.warnings.warnOnce(peerId, 'version', { ...fields, ours: PROTOCOL_VERSION }, WARNING.refusedVersion);
  } else if (reason === 'duplicate') {
    context.options.log.debug(fields, WARNING.refusedUs);
  } else {
    context.warnings.warnOnce(peerId, reason, fields, WARNING.refusedUs);
  }
}

function failure(context: NetworkContext, peerId: string, error: unknown): GreetingOutcome {
  const malformed = ['P2P_GREETING_MALFORMED', 'RLP_MALFORMED', 'RLP_FIELD', 'P2P_FRAME_OVERSIZED'];
  if (malformed.some((code) => hasCode(error, code))) {
    context.counters.add('messages_malformed_total');
    context.penalize(peerId, PENALTY.malformed, reasonOf(error));
    return { failed: 'malformed' };
  }
  context.options.log.debug({ peerId, reason: reasonOf(error) }, 'greeting failed');
  return { failed: 'unreachable' };
}
