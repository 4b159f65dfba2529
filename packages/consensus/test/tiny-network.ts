import type { CommitCertificate, Hash, Proposal, Vote } from '@heddle/primitives';
import type { Random } from '@heddle/testkit';
import { verifyCommitCertificate, votesOfCertificate } from '../src/commit-certificate.ts';
import { applyInput, createConsensus } from '../src/consensus.ts';
import type { ConsensusState } from '../src/consensus-state.ts';
import type { Effect, OwnMessage } from '../src/effects.ts';
import { decodeInput, encodeInput, type Input, type LoggedInput } from '../src/inputs.ts';
import { advanceHeight, proposerOf } from '../src/proposer.ts';
import { knownRounds, proposalAt, quorumBlockOf, roundStatus, votesForBlock, votesMissingIn } from '../src/queries.ts';
import { outstandingEffects } from '../src/resume.ts';
import type { ValidatorSet } from '../src/validator-set.ts';
import { addressOf, blockOf, setOf } from './core-under-test.ts';

// Some cores on a virtual clock: messages are delayed, lost and doubled, nodes crash and lose what they had not synced,
// and the last validator may be a liar. Everything is drawn from one seed. The full simulator (clocks that drift, disks that
// tear) belongs to the node; this one is enough to see agreement and liveness of the core alone.

/** What goes wrong until `faultsEndMs`. */
export interface Faults {
  readonly loss: number;
  readonly duplication: number;
  readonly maxDelayMs: number;
  readonly maxExecutionMs: number;
  /** Chance that a node crashes at one of its ticks (every 50 ms). */
  readonly crash: number;
  readonly hasLiar: boolean;
  readonly faultsEndMs: number;
}

/** Of a peer that has no votes. */
const NO_BITS = new Uint8Array();

type Message = { readonly vote: Vote } | { readonly proposal: Proposal };
interface Decision {
  readonly blockId: Hash;
  readonly certificate: CommitCertificate;
}

interface Node {
  readonly index: number;
  state: ConsensusState;
  isUp: boolean;
  /** Grows with each start, so that what the last life scheduled dies with it. */
  life: number;
  /** Encoded inputs of the current height; only the first `syncedCount` survive a crash. */
  log: Uint8Array[];
  syncedCount: number;
  readonly chain: Decision[];
  /** What this validator has ever signed, by height, round and kind. */
  readonly signatures: Map<string, string>;
}

/** What a run showed. */
export interface Report {
  readonly heights: number[];
  readonly crashes: number;
  readonly evidence: number;
  readonly highestRound: number;
  readonly linesSeen: ReadonlySet<string>;
}

/**
 * Runs until every correct node has decided `extraHeights` more than the highest had when faults stopped.
 *
 * @throws TypeError (the test's failure) on disagreement, a bad certificate, a double signature or no progress
 */
export function runTinyNetwork(random: Random, size: number, faults: Faults, extraHeights = 2): Report {
  const network = new TinyNetwork(random, size, faults);
  return network.run(extraHeights);
}

class TinyNetwork {
  readonly #random: Random;
  readonly #faults: Faults;
  readonly #size: number;
  readonly #nodes: Node[];
  readonly #sets: ValidatorSet[];
  readonly #agenda: { at: number; order: number; run: () => void }[] = [];
  readonly #agreed = new Map<number, Hash>();
  readonly #blocks = new Map<Hash, 'valid' | 'invalid'>();
  readonly #lines = new Set<string>();
  #now = 0;
  #count = 0;
  #crashes = 0;
  #evidence = 0;
  #highestRound = 0;

  constructor(random: Random, size: number, faults: Faults) {
    this.#random = random;
    this.#faults = faults;
    this.#size = size;
    this.#sets = [setOf(Array.from({ length: size }, () => 1n))];
    const correct = faults.hasLiar ? size - 1 : size;
    this.#nodes = Array.from({ length: correct }, (_, index) => ({
      index,
      state: createConsensus(),
      isUp: false,
      life: 0,
      log: [],
      syncedCount: 0,
      chain: [],
      signatures: new Map(),
    }));
  }

  run(extraHeights: number): Report {
    for (const node of this.#nodes) this.#boot(node);
    if (this.#faults.hasLiar) this.#lie();
    this.#runUntil(() => this.#now >= this.#faults.faultsEndMs);
    const target = Math.max(...this.#nodes.map(({ chain }) => chain.length)) + extraHeights;
    const deadline = this.#faults.faultsEndMs + 120_000;
    this.#runUntil(() => this.#now > deadline || this.#nodes.every(({ chain }) => chain.length >= target));
    const heights = this.#nodes.map(({ chain }) => chain.length);
    if (!heights.every((height) => height >= target)) {
      const rounds = this.#nodes.map(({ state }) => JSON.stringify(roundStatus(state))).join('\n');
      throw new TypeError(`no progress: heights ${heights}, wanted ${target}\n${rounds}`);
    }
    const [crashes, evidence, highestRound] = [this.#crashes, this.#evidence, this.#highestRound];
    return { heights, crashes, evidence, highestRound, linesSeen: this.#lines };
  }

  #runUntil(isDone: () => boolean): void {
    while (!isDone()) {
      let next = 0;
      for (let index = 1; index < this.#agenda.length; index++) {
        const [candidate, best] = [this.#agenda[index], this.#agenda[next]];
        if (candidate && best && (candidate.at - best.at || candidate.order - best.order) < 0) next = index;
      }
      const [event] = this.#agenda.splice(next, 1);
      if (!event) throw new TypeError('nothing left to happen');
      this.#now = event.at;
      event.run();
    }
  }

  #after(delayMs: number, run: () => void): void {
    this.#agenda.push({ at: this.#now + delayMs, order: this.#count++, run });
  }

  #forNode(node: Node, delayMs: number, run: () => void): void {
    const { life } = node;
    this.#after(delayMs, () => {
      if (node.isUp && node.life === life) run();
    });
  }

  get #isFaulty(): boolean {
    return this.#now < this.#faults.faultsEndMs;
  }

  #boot(node: Node): void {
    node.isUp = true;
    node.life++;
    node.state = createConsensus();
    this.#enterHeight(node);
    const records = node.log;
    for (const record of records) node.state = applyInput(node.state, decodeInput(record)).state;
    const hasStarted = roundStatus(node.state)?.step !== 'newHeight';
    this.#carryOut(node, outstandingEffects(node.state));
    if (!hasStarted) this.#forNode(node, 20, () => this.#give(node, { type: 'start', height: node.chain.length + 1 }));
    this.#tick(node);
  }

  #enterHeight(node: Node): void {
    const height = node.chain.length + 1;
    const last = node.chain.at(-1);
    const previous = last && { certificate: last.certificate, validators: this.#setAt(height - 1) };
    const input: Input = {
      type: 'height',
      height,
      validators: this.#setAt(height),
      self: addressOf(node.index),
      ...(previous && { previous }),
    };
    const { state, effects } = applyInput(node.state, input);
    node.state = state;
    this.#carryOut(node, effects);
  }

  #setAt(height: number): ValidatorSet {
    for (let next = this.#sets.length; next < height; next++) {
      this.#sets.push(advanceHeight(this.#sets[next - 1] as ValidatorSet));
    }
    return this.#sets[height - 1] as ValidatorSet;
  }

  #give(node: Node, input: LoggedInput): void {
    node.log.push(encodeInput(input));
    const { state, effects, lines } = applyInput(node.state, input);
    node.state = state;
    for (const line of lines) this.#lines.add(line);
    this.#highestRound = Math.max(this.#highestRound, roundStatus(state)?.round ?? 0);
    this.#carryOut(node, effects);
  }

  #carryOut(node: Node, effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.type === 'signAndBroadcast') this.#sign(node, effect.message);
      else if (effect.type === 'scheduleTimeout') {
        const { timeout, urgency } = effect;
        const delayMs = urgency === 'immediate' ? 0 : 200 + 100 * timeout.round;
        this.#forNode(node, delayMs, () => this.#give(node, { type: 'timeout', timeout }));
      } else if (effect.type === 'build') {
        const { height, round } = effect;
        const blockId = this.#makeBlock(`${height}.${round}.${node.index}.${this.#count++}`, 'valid');
        this.#forNode(node, 5, () => this.#give(node, { type: 'blockBuilt', height, round, blockId }));
      } else if (effect.type === 'validate' || effect.type === 'needBlock') {
        const { height, blockId } = effect;
        const verdict = this.#blocks.get(blockId) ?? 'invalid';
        const delayMs = this.#random.int(1, this.#isFaulty ? this.#faults.maxExecutionMs : 20);
        this.#forNode(node, delayMs, () => this.#give(node, { type: 'blockValidity', height, blockId, verdict }));
      } else if (effect.type === 'commitBlock') this.#commit(node, effect);
      else if (effect.type === 'evidence') this.#evidence++;
      else if (effect.type === 'halt') throw new TypeError(`node ${node.index} halted at ${effect.height}`);
    }
  }

  /** Sync the log, sign (as the signer's file would allow), sync the own message, feed it back, send it. */
  #sign(node: Node, message: OwnMessage): void {
    node.syncedCount = node.log.length;
    const content = JSON.stringify(message);
    const { height, round } = message.type === 'vote' ? message.vote : message.proposal;
    const slot = `${height}/${round}/${message.type === 'vote' ? message.vote.kind : 'proposal'}`;
    const before = node.signatures.get(slot);
    if (before !== undefined && before !== content)
      throw new TypeError(`${node.index} signs twice: ${before}, ${content}`);
    node.signatures.set(slot, content);
    const signature = new Uint8Array(65).fill(node.index);
    const validator = addressOf(node.index);
    if (message.type === 'vote') {
      const vote: Vote = { ...message.vote, validator, signature };
      this.#forNode(node, 0, () => this.#give(node, { type: 'vote', vote }));
      this.#broadcast(node.index, { vote });
    } else {
      const proposal: Proposal = { ...message.proposal, validator, signature };
      this.#forNode(node, 0, () => this.#give(node, { type: 'proposal', proposal, timely: true }));
      this.#broadcast(node.index, { proposal });
    }
  }

  #commit(node: Node, { height, blockId, certificate }: Decision & { height: number }): void {
    const validators = this.#setAt(height);
    const isAuthentic = (vote: Vote) => addressOf(vote.signature[0] ?? 0) === vote.validator;
    const fault = verifyCommitCertificate(certificate, { height, blockId, validators, isAuthentic });
    if (fault) throw new TypeError(`certificate of ${height}: ${fault}`);
    const agreed = this.#agreed.get(height) ?? blockId;
    if (agreed !== blockId) throw new TypeError(`disagreement at ${height}: ${agreed} and ${blockId}`);
    if (this.#blocks.get(blockId) !== 'valid') throw new TypeError(`invalid block decided at ${height}`);
    this.#agreed.set(height, blockId);
    node.chain.push({ blockId, certificate });
    node.log = [];
    node.syncedCount = 0;
    this.#forNode(node, this.#random.int(0, 30), () => {
      this.#enterHeight(node);
      this.#forNode(node, 20, () => this.#give(node, { type: 'start', height: height + 1 }));
    });
  }

  /** Retransmission: everything of the peer's height that it may lack; a lagging peer gets the certificate's votes. */
  #tick(node: Node): void {
    this.#forNode(node, 50, () => {
      if (this.#isFaulty && this.#random.chance(this.#faults.crash)) return this.#crash(node);
      for (const peer of this.#nodes) {
        if (peer === node || !peer.isUp) continue;
        const decided = node.chain[peer.chain.length];
        if (decided) {
          for (const vote of votesOfCertificate(decided.certificate)) this.#send(peer, { vote });
        } else if (peer.chain.length === node.chain.length) this.#sendHeight(node, peer);
      }
      this.#tick(node);
    });
  }

  #sendHeight(node: Node, peer: Node): void {
    const height = node.chain.length + 1;
    for (const round of knownRounds(node.state, height)) {
      const proposal = proposalAt(node.state, round);
      if (proposal) this.#send(peer, { proposal });
      for (const kind of ['prevote', 'precommit'] as const) {
        const id = { height, round, kind };
        const block = quorumBlockOf(node.state, id);
        for (const vote of votesMissingIn(node.state, id, NO_BITS)) this.#send(peer, { vote });
        if (block) for (const vote of votesForBlock(node.state, id, block)) this.#send(peer, { vote });
      }
    }
  }

  #crash(node: Node): void {
    this.#crashes++;
    node.isUp = false;
    node.log = node.log.slice(0, this.#random.int(node.syncedCount, node.log.length));
    this.#after(this.#random.int(10, 800), () => this.#boot(node));
  }

  #broadcast(from: number, message: Message): void {
    for (const peer of this.#nodes) if (peer.index !== from) this.#send(peer, message);
  }

  #send(peer: Node, message: Message): void {
    const { loss, duplication, maxDelayMs } = this.#faults;
    if (this.#isFaulty && this.#random.chance(loss)) return;
    const copies = this.#isFaulty && this.#random.chance(duplication) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      this.#after(this.#random.int(1, this.#isFaulty ? maxDelayMs : 5), () => {
        if (!peer.isUp) return;
        if ('vote' in message) this.#give(peer, { type: 'vote', vote: message.vote });
        else this.#give(peer, { type: 'proposal', proposal: message.proposal, timely: true });
      });
    }
  }

  #makeBlock(name: string, verdict: 'valid' | 'invalid'): Hash {
    const blockId = blockOf(name);
    this.#blocks.set(blockId, verdict);
    return blockId;
  }

  /** The liar tells each node something else: any vote for any block it knows, and proposals out of turn. */
  #lie(): void {
    this.#after(this.#random.int(5, 40), () => {
      if (!this.#isFaulty) return;
      const index = this.#size - 1;
      const validator = addressOf(index);
      const signature = new Uint8Array(65).fill(index);
      const target = this.#random.pick(this.#nodes);
      const height = target.chain.length + 1;
      const round = Math.max(0, (roundStatus(target.state)?.round ?? 0) + this.#random.int(-1, 2));
      if (proposerOf(this.#setAt(height), round) === validator || this.#random.chance(0.1)) {
        const name = `${height}.${round}.liar.${this.#random.int(0, 2)}`;
        const blockId = this.#makeBlock(name, name.endsWith('2') ? 'invalid' : 'valid');
        const polRound = this.#random.int(-1, round - 1);
        this.#send(target, { proposal: { height, round, polRound, blockId, validator, signature } });
      }
      const known = [...(target.state.current?.blocks.keys() ?? []), undefined];
      const kind = this.#random.pick(['prevote', 'precommit'] as const);
      const blockId = this.#random.pick(known);
      this.#send(target, { vote: { kind, height, round, blockId, validator, signature } });
      this.#lie();
    });
  }
}
