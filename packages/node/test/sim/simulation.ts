import { signingDomain } from '@heddle/primitives';
import type { TestAccount } from '@heddle/testkit';
import { fakeSpec, genesisHead } from '../consensus/fake-chain.ts';
import { Byzantine } from './byzantine.ts';
import { runEvents } from './event-loop.ts';
import { type Breach, Invariants } from './invariants.ts';
import { ModelTransactions } from './model-chain.ts';
import { ModelNetwork } from './model-network.ts';
import { modelAuthenticity } from './model-signatures.ts';
import { type Scenario, type SimulationName, scenarioOf } from './scenario.ts';
import { SimNode, type World } from './sim-node.ts';
import { type FaultCounts, Storm } from './storm.ts';
import { VirtualTime } from './virtual-time.ts';

/** What one seed held. */
export interface SimulationResult extends SimulationName {
  readonly breach: Breach | undefined;
  readonly decidedHeights: number;
  /** Heights that were not decided in their first round. */
  readonly lateHeights: number;
  readonly crashes: number;
  readonly partitions: number;
  readonly byzantineActs: number;
  /** The most rounds between the end of a storm and the next block. */
  readonly roundsAfterFaults: number;
  readonly crashPoints: Readonly<Record<string, number>>;
  readonly events: number;
  readonly virtualMs: number;
  /** A number that sums up everything that happened, in order. */
  readonly fingerprint: number;
}

const GENESIS_SECONDS = 1_800_000_000 - 10;
/** After the last fault a block must come within so many rounds. */
const MAX_ROUNDS_AFTER_FAULTS = 10;
/** Virtual time in which nothing happens although it should; far longer than ten rounds. */
const STALL_MS = 60_000;

/**
 * Runs one seed to its end: all heights decided by everyone, or a broken rule. `log` is given a line for everything that
 * happens.
 */
export async function simulate(name: SimulationName, log?: (line: string) => void): Promise<SimulationResult> {
  const simulation = new Simulation(scenarioOf(name), log);
  return simulation.run();
}

/** A storm is over: by when a block must come. */
interface Debt {
  readonly head: number;
  readonly round: number;
}

class Simulation {
  readonly #scenario: Scenario;
  readonly #world: World;
  readonly #nodes: SimNode[];
  readonly #counts: FaultCounts = { crashes: 0, partitions: 0 };
  readonly #crashPoints: Record<string, number> = {};
  readonly #stormsLeft: number[];
  readonly #fingerprint: { value: number };
  #isStorming = false;
  #debt: Debt | undefined;
  #roundsAfterFaults = 0;
  #events = 0;

  constructor(scenario: Scenario, log: ((line: string) => void) | undefined) {
    this.#scenario = scenario;
    this.#stormsLeft = [...scenario.stormHeights];
    const { spec, keys } = chainOf(scenario.validators);
    const authenticity = modelAuthenticity(new Map(keys.map(({ address, privateKey }) => [address, privateKey])));
    const time = new VirtualTime();
    const identities = scenario.nodes.map(({ validator }, index) => {
      return { peerId: `node ${index}`, validator: (keys[validator] as TestAccount).address, height: 0 };
    });
    const fingerprint = { value: 0 };
    this.#fingerprint = fingerprint;
    const network = new ModelNetwork(identities, time, scenario.random.fork('network'), scenario.calm, {
      sent: (from, message) => {
        fingerprint.value =
          (Math.imul(fingerprint.value, 31) + from + message.length + Math.floor(time.nowMs * 1_000)) | 0;
        this.#world.invariants.sent(from, message);
      },
      refused: (from, to) => {
        if (this.#nodes[from]?.isHonest && this.#nodes[to]?.isHonest) {
          this.#world.invariants.break('honest messages are well-formed', `node ${to} refused one of node ${from}`);
        }
      },
      penalized: (by, offender, why) => {
        if (this.#nodes[by]?.isHonest && this.#nodes[offender]?.isHonest) {
          this.#world.invariants.break('honest messages are well-formed', `node ${by} penalized ${offender}: ${why}`);
        }
      },
    });
    const nodes: SimNode[] = [];
    this.#nodes = nodes;
    this.#world = {
      ...{ scenario, spec, authenticity, time, network },
      domain: signingDomain({ chainId: spec.chainId, genesisHash: genesisHead(spec).hash, era: 0 }),
      transactions: new ModelTransactions(),
      invariants: new Invariants(
        nodes,
        keys.map(({ address }) => address),
        authenticity,
      ),
      log: log && ((node, text) => log(`${time.nowMs.toFixed(3)} ${node === undefined ? '-' : `n${node}`} ${text}`)),
      committed: () => this.#progress(),
      crashed: (point) => {
        this.#counts.crashes++;
        this.#crashPoints[point] = (this.#crashPoints[point] ?? 0) + 1;
      },
    };
    for (const [index, nodeScenario] of scenario.nodes.entries()) {
      const key = keys[nodeScenario.validator] as TestAccount;
      const { misdeeds } = nodeScenario;
      const random = scenario.random.fork(`byzantine ${index}`);
      const others = keys.map(({ address }) => address).filter((address) => address !== key.address);
      const byzantine =
        misdeeds.length > 0 ? new Byzantine(misdeeds, key, { authenticity, random, others }) : undefined;
      const identity = identities[index];
      if (identity) nodes.push(new SimNode(this.#world, { identity, index, key, scenario: nodeScenario, byzantine }));
    }
    network.isUnordered = scenario.isUnordered;
  }

  async run(): Promise<SimulationResult> {
    for (const node of this.#nodes) {
      node.init();
      node.start();
    }
    this.#watchForStalls(0);
    await runEvents(() => this.#step());
    const { invariants, time } = this.#world;
    for (const { index, store } of this.#honest()) {
      // Those too that a process had no time to publish.
      for (const [place, { blockId, certificate }] of store.blocks.entries()) {
        invariants.committed(index, place + 1, blockId, certificate);
      }
    }
    const { seed, validators, heights } = this.#scenario;
    const decided = [...invariants.decided.values()];
    return {
      ...{ seed, validators, heights, ...this.#counts },
      breach: invariants.breach,
      decidedHeights: decided.length,
      lateHeights: decided.filter(({ round }) => round > 0).length,
      byzantineActs: this.#nodes.reduce((sum, { byzantine }) => sum + (byzantine?.actCount ?? 0), 0),
      roundsAfterFaults: this.#roundsAfterFaults,
      crashPoints: this.#crashPoints,
      events: this.#events,
      virtualMs: time.nowMs,
      fingerprint: this.#fingerprint.value >>> 0,
    };
  }

  #step(): boolean {
    this.#events++;
    if (this.#world.invariants.breach || this.#isOver()) return false;
    return this.#world.time.step();
  }

  #isOver(): boolean {
    return (
      this.#stormsLeft.length === 0 && !this.#isStorming && !this.#debt && this.#lowest() >= this.#scenario.heights
    );
  }

  /** A block was stored somewhere: debts are paid, storms begin. */
  #progress(): void {
    const { time, invariants, scenario, log } = this.#world;
    if (this.#debt && this.#lowest() > this.#debt.head) {
      const { head, round } = this.#debt;
      const rounds = (invariants.decided.get(head + 1)?.round ?? 0) - round;
      this.#roundsAfterFaults = Math.max(this.#roundsAfterFaults, rounds);
      if (rounds > MAX_ROUNDS_AFTER_FAULTS) {
        invariants.break('liveness', `block ${head + 1} came ${rounds} rounds after the last fault`);
      }
      this.#debt = undefined;
    }
    const [next] = this.#stormsLeft;
    if (next === undefined || this.#isStorming || this.#debt || this.#highest() < next) return;
    this.#stormsLeft.shift();
    this.#isStorming = true;
    const random = scenario.random.fork(`storm ${next}`);
    const storm = new Storm(this.#world, this.#nodes, random, this.#counts);
    time.after(random.int(0, 40), () => storm.begin(() => this.#awaitCalm()));
    log?.(undefined, `a storm comes up at height ${next}`);
  }

  /** The last fault is over when all honest nodes are back. */
  #awaitCalm(): void {
    if (this.#nodes.some(({ isUp, isHonest }) => isHonest && !isUp)) {
      for (const node of this.#nodes) node.start();
      this.#world.time.after(10, () => this.#awaitCalm());
      return;
    }
    this.#isStorming = false;
    const head = this.#highest();
    const rounds = this.#nodes.map(({ driver }) => driver?.status()).filter((status) => status?.height === head + 1);
    this.#debt = { head, round: Math.max(0, ...rounds.map((status) => status?.round ?? 0)) };
    this.#world.log?.(
      undefined,
      `calm: block ${head + 1} is due by round ${this.#debt.round + MAX_ROUNDS_AFTER_FAULTS}`,
    );
  }

  #watchForStalls(head: number): void {
    this.#world.time.after(STALL_MS, () => {
      const now = this.#lowest();
      if (now === head) this.#world.invariants.break('liveness', `nobody adds to block ${head} for ${STALL_MS} ms`);
      this.#watchForStalls(now);
    });
  }

  #honest(): SimNode[] {
    return this.#nodes.filter(({ isHonest }) => isHonest);
  }

  #highest(): number {
    return Math.max(...this.#honest().map(({ head }) => head));
  }

  #lowest(): number {
    return Math.min(...this.#honest().map(({ head }) => head));
  }
}

/** To derive keys takes longer than a height, and all seeds of a size have the same. */
const CHAINS = new Map<number, ReturnType<typeof fakeSpec>>();

function chainOf(validators: number): ReturnType<typeof fakeSpec> {
  const chain = CHAINS.get(validators) ?? fakeSpec(validators, GENESIS_SECONDS, 'shared');
  CHAINS.set(validators, chain);
  return chain;
}
