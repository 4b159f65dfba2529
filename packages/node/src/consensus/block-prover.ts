import { type ValidatorSet, verifyCommitCertificate } from '@heddle/consensus';
import { type Address, decodeBlock, decodeCommitCertificate, hashHeader } from '@heddle/primitives';
import type { DecidedBlock } from '../execution/main-boundary.ts';
import type { Authenticity } from './authenticity.ts';
import { peerMessageMalformed } from './driver-errors.ts';
import type { DriverClock, DriverPool } from './driver-ports.ts';
import { HeightOrder } from './height-order.ts';
import { pause } from './pause.ts';
import type { ProvedBlock } from './sync-window.ts';

/** What proving blocks takes. */
export interface BlockProverPorts {
  readonly pool: Pick<DriverPool, 'senderOf'>;
  readonly clock: DriverClock;
  readonly authenticity: Pick<Authenticity, 'isVoteAuthentic'>;
  /** The set by which certificates are judged. Its members are the same at every height so far. */
  validators(): ValidatorSet;
}

/** Whose block it is said to be, and what ends its proof. */
export interface BlockProof {
  readonly height: number;
  readonly peerId: string;
  readonly signal: AbortSignal;
  /** Whether nobody else has given the block since, asked when its turn comes. */
  isNeeded(): boolean;
}

/** Signatures checked in one go, three milliseconds or so: then whatever else waits has its turn, votes above all. */
const CHECKS_AT_ONCE = 64;
/** Bytes of a transaction that count as one more: a body may be of large ones, and be nobody's but the peer's. */
const BYTES_PER_CHECK = 2_048;

/**
 * Proves decided blocks: form, certificate, signatures of transactions. Executes nothing. It does so on the calling
 * thread, since that of the pool yields to others where processors are short: execution would wait for it.
 */
export class BlockProver {
  readonly #ports: BlockProverPorts;
  readonly #order = new HeightOrder();
  #checks = 0;

  constructor(ports: BlockProverPorts) {
    this.#ports = ports;
  }

  /**
   * One block at a time, the lowest first. Undefined: nobody needs it any more.
   *
   * @throws HeddleError `RLP_MALFORMED`, `RLP_FIELD`, `VOTE_MALFORMED`, `CONSENSUS_MESSAGE_MALFORMED`
   */
  prove(decided: DecidedBlock, proof: BlockProof): Promise<ProvedBlock | undefined> {
    return this.#order.run(proof.height, () => this.#prove(decided, proof));
  }

  async #prove(
    decided: DecidedBlock,
    { height, peerId, signal, isNeeded }: BlockProof,
  ): Promise<ProvedBlock | undefined> {
    if (signal.aborted || !isNeeded()) return undefined;
    const certificate = decodeCommitCertificate(decided.certificate);
    const { header, transactions } = decodeBlock(decided.block);
    const { number } = header;
    const blockId = hashHeader(header);
    if (number !== height) throw peerMessageMalformed(`block ${number} in the place of ${height}`);
    const fault = verifyCommitCertificate(certificate, {
      height,
      blockId,
      validators: this.#ports.validators(),
      isAuthentic: this.#ports.authenticity.isVoteAuthentic,
    });
    if (fault) throw peerMessageMalformed(`block ${height} with a certificate with ${fault}`);
    await this.#checked(certificate.signatures.length, signal);
    const senders: Address[] = [];
    for (const raw of transactions) {
      if (signal.aborted) return undefined;
      const sender = this.#ports.pool.senderOf(raw);
      if (sender === undefined) {
        throw peerMessageMalformed(`block ${height} with a transaction without a valid signature`);
      }
      senders.push(sender);
      await this.#checked(1 + Math.floor(raw.length / BYTES_PER_CHECK), signal);
    }
    return { block: { blockId, header, bytes: decided.block, senders }, certificate, from: peerId };
  }

  async #checked(count: number, signal: AbortSignal): Promise<void> {
    this.#checks += count;
    if (this.#checks < CHECKS_AT_ONCE) return;
    this.#checks = 0;
    await pause(this.#ports.clock, 0, signal);
  }
}
