import type { Random } from '@heddle/testkit';
import { decodePeerMessage } from '../../src/consensus/messages.ts';
import type { CrashPoint } from './life.ts';
import type { CrashMode } from './model-disk.ts';
import type { Link } from './model-network.ts';
import { OldPolka } from './old-polka.ts';
import type { SimNode, World } from './sim-node.ts';

/** What storms of a simulation did. */
export interface FaultCounts {
  crashes: number;
  partitions: number;
}

const CRASH_POINTS: readonly CrashPoint[] = [
  'before write',
  'after write',
  'before datasync',
  'after datasync',
  'before rename',
  'after rename',
  'before syncDirectory',
  'after syncDirectory',
  'before send',
  'before request',
  'before build',
  'before execute',
  'before commit',
  'after commit',
  'before publish',
  'before timer',
];
/** How soon a planned crash comes, in calls of ports: a height takes about a hundred. */
const CRASH_WITHIN = 150;
const OLD_POLKA_CHANCE = 0.5;
const LONGEST_ATTACK_MS = 2_500;
const AFTER_ATTACK_MS = 20;
const DROP_AFTER_MS = 60;
const SPLIT_CHANCE = 0.7;
const PLAIN_MS = [60, 200] as const;
/** Mostly two or three rounds; now and then as many as two locks on one another need. */
const SPLIT_MS = [
  [200, 450],
  [200, 450],
  [200, 450],
  [200, 450],
  [900, 1_600],
] as const;

/** A time in which everything goes wrong that may. After {@link Storm.end} nothing does. */
export class Storm {
  readonly #world: World;
  readonly #nodes: readonly SimNode[];
  readonly #random: Random;
  readonly #counts: FaultCounts;
  #isOver = false;

  constructor(world: World, nodes: readonly SimNode[], random: Random, counts: FaultCounts) {
    this.#world = world;
    this.#nodes = nodes;
    this.#random = random;
    this.#counts = counts;
  }

  /** Lets it begin; `onEnd` is called when its last fault is over. */
  begin(onEnd: () => void): void {
    const random = this.#random;
    const attacker = this.#nodes.find(({ byzantine }) => byzantine?.misdeeds.has('old polka'));
    if (attacker && random.chance(OLD_POLKA_CHANCE)) {
      this.#attack(attacker, onEnd);
      return;
    }
    const isSplit = random.chance(SPLIT_CHANCE);
    const [leastMs, mostMs] = isSplit ? random.pick(SPLIT_MS) : PLAIN_MS;
    const lengthMs = random.int(leastMs, mostMs);
    if (isSplit) this.#splitVotes();
    this.#world.log?.(undefined, `a storm of ${lengthMs} ms begins`);
    const plan: (readonly [number, () => void])[] = [
      [0.65, () => this.#crashOne()],
      [0.3, () => this.#crashOne()],
      [0.06, () => this.#crashAll()],
      [0.4, () => this.#part()],
      [0.35, () => this.#loseMessages()],
      [0.35, () => this.#delayMessages()],
      [0.15, () => this.#slowDisk()],
      [0.12, () => this.#fillDisk()],
      [0.06, () => this.#breakSync()],
      [0.15, () => this.#slowWork()],
    ];
    for (const [chance, act] of plan) {
      if (!random.chance(chance)) continue;
      this.#world.time.after(random.int(0, Math.floor(lengthMs / 2)), () => {
        if (!this.#isOver) act();
      });
    }
    this.#world.time.after(lengthMs, () => {
      this.#end();
      onEnd();
    });
  }

  /** Nothing else goes wrong meanwhile: it would only save the others. */
  #attack(attacker: SimNode, onEnd: () => void): void {
    const { network, time } = this.#world;
    const head = Math.max(...this.#nodes.map((node) => node.head));
    const attack = new OldPolka(this.#world, this.#nodes, attacker, head);
    network.isLost = (from, to, message) => attack.loses(from, to, message);
    for (const { byzantine } of this.#nodes) {
      if (byzantine) byzantine.votesNil = (kind, height, round) => attack.votesNil(kind, height, round);
    }
    const end = (): void => {
      for (const { byzantine } of this.#nodes) if (byzantine) byzantine.votesNil = undefined;
      this.#end();
      onEnd();
    };
    const startedMs = time.nowMs;
    const watch = () => {
      if (attack.isOver || time.nowMs - startedMs > LONGEST_ATTACK_MS) time.after(AFTER_ATTACK_MS, end);
      else time.after(AFTER_ATTACK_MS, watch);
    };
    watch();
  }

  #end(): void {
    const { network, time, log, scenario } = this.#world;
    log?.(undefined, 'the storm is over');
    this.#isOver = true;
    for (const [from] of this.#nodes.entries()) {
      for (const [to] of this.#nodes.entries()) Object.assign(network.link(from, to), scenario.calm);
    }
    for (const node of this.#nodes) {
      node.workMs = [1, 4];
      node.disk.syncMs = scenario.syncMs;
      node.disk.isFull = false;
      node.disk.isNextSyncBroken = false;
      node.life?.spare();
      node.start();
    }
    network.isLost = undefined;
    network.reconnect();
    time.after(50, () => network.reconnect()); // those whose end was just being noticed
  }

  #crashOne(): void {
    const random = this.#random;
    const node = random.pick(this.#nodes);
    node.crashMode = this.#crashMode(node);
    if (random.chance(0.5)) node.life?.crashAt(random.pick(CRASH_POINTS));
    else node.life?.crashAfter(random.int(1, CRASH_WITHIN));
  }

  #crashAll(): void {
    for (const node of this.#nodes) {
      node.crashMode = this.#crashMode(node);
      node.kill();
    }
  }

  #crashMode(node: SimNode): CrashMode {
    const random = this.#random;
    if (!random.chance(this.#world.scenario.powerCutShare)) return 'kept';
    return random.pick(node.scenario.mayLoseLog ? ['lost', 'torn', 'scrambled'] : ['lost', 'torn']);
  }

  /** Two sides, or one node alone, or one direction only; some notice after a while. */
  #part(): void {
    const random = this.#random;
    const { network, time, log } = this.#world;
    const order = random.shuffle(this.#nodes.map(({ index }) => index));
    const count = random.chance(0.5) ? 1 : Math.floor(order.length / 2);
    const [side, rest] = [order.slice(0, count), order.slice(count)];
    const isOneWay = random.chance(0.3);
    log?.(undefined, `partition ${side.join(',')} ${isOneWay ? '<' : '|'} ${rest.join(',')}`);
    this.#counts.partitions++;
    const pairs = side.flatMap((left) => rest.map((right) => [left, right] as const));
    for (const [left, right] of pairs) {
      network.link(left, right).isCut = true;
      if (!isOneWay) network.link(right, left).isCut = true;
    }
    if (!random.chance(0.5)) return;
    time.after(DROP_AFTER_MS, () => {
      if (!this.#isOver) for (const [left, right] of pairs) network.disconnect(left, right);
    });
  }

  /**
   * For as long as the storm lasts a node never hears some others' votes or proposals of a kind and round: it locks where
   * others do not, or sees a majority that nobody else sees.
   */
  #splitVotes(): void {
    const { network, log } = this.#world;
    const salt = this.#random.int(0, 0x7fff_ffff);
    const percent = this.#random.pick([20, 35, 50]);
    log?.(undefined, `${percent} percent of votes are lost by round`);
    let last: { readonly message: Uint8Array; readonly place: number } | undefined;
    network.isLost = (from, to, message) => {
      if (message[0] === 1) return false;
      if (last?.message !== message) last = { message, place: placeOf(message) };
      return scatter(last.place, salt + from * 64 + to) % 100 < percent;
    };
  }

  #loseMessages(): void {
    const random = this.#random;
    const lossChance = random.pick([0.05, 0.2, 0.5]);
    const doubleChance = random.pick([0, 0.2]);
    for (const link of this.#someLinks()) Object.assign(link, { lossChance, doubleChance });
  }

  #delayMessages(): void {
    const mostMs = this.#random.pick([30, 100, 200]);
    for (const link of this.#someLinks()) link.delayMs = [this.#random.int(1, mostMs), mostMs];
  }

  #someLinks(): Link[] {
    const share = this.#random.pick([0.2, 1]);
    const links = this.#nodes.flatMap(({ index: from }) =>
      this.#nodes.flatMap(({ index: to }) => (from === to ? [] : [this.#world.network.link(from, to)])),
    );
    return links.filter(() => this.#random.chance(share));
  }

  #slowDisk(): void {
    this.#random.pick(this.#nodes).disk.syncMs = [15, 80];
  }

  #fillDisk(): void {
    const node = this.#random.pick(this.#nodes);
    this.#world.log?.(node.index, 'its disk is full');
    node.disk.isFull = true;
    node.isDiskBad = true;
  }

  #breakSync(): void {
    const node = this.#random.pick(this.#nodes);
    node.disk.isNextSyncBroken = true;
    node.isDiskBad = true;
    node.crashMode = this.#crashMode(node);
  }

  #slowWork(): void {
    this.#random.pick(this.#nodes).workMs = [30, 150];
  }
}

/** A number for the height, round and kind of a vote or proposal, and its sender. */
function placeOf(message: Uint8Array): number {
  const decoded = decodePeerMessage(message);
  if (decoded.type === 'status') return 0;
  const { height, round, validator } = decoded.type === 'vote' ? decoded.vote : decoded.proposal;
  const kind = decoded.type === 'vote' ? (decoded.vote.kind === 'prevote' ? 1 : 2) : 3;
  return scatter(height * 1_024 + round * 4 + kind, Number.parseInt(validator.slice(2, 9), 16));
}

function scatter(value: number, salt: number): number {
  const mixed = Math.imul(value ^ (salt * 0x9e37), 0x85eb_ca6b);
  return Math.imul(mixed ^ (mixed >>> 15), 0xc2b2_ae35) >>> 1;
}
