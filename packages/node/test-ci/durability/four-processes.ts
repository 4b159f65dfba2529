import { join } from 'node:path';
import { type Random, type RpcClient, temporaryDirectory, waitFor } from '@heddle/testkit';
import type { CrashPoint } from '../../src/crash-points.ts';
import { diskFaults } from './disk-checks.ts';
import { HeardMessages } from './heard-messages.ts';
import { type Cut, cutLogs } from './ledger.ts';
import { type NodeUnderTest, startNode, testBuild } from './node-under-test.ts';
import { ReturnedBlocks } from './returned-blocks.ts';
import { createTestChain, passingOf } from './test-chain.ts';

/** Four validator processes of one chain, under load. */
export interface FourProcesses {
  /** Starts all, kills all at a random moment, cuts their logs. Gives what was wrong, and is wrong with their disks. */
  killAll(cut: Cut): Promise<string[]>;
  /** The same, each dying at `point` by itself; those that still live when two are dead are killed. */
  crashAllAt(point: CrashPoint, cut: Cut): Promise<string[]>;
  /** Starts all and lets them go on. What is wrong with them, and with all blocks that they ever returned. */
  goOn(): Promise<string[]>;
  close(): Promise<void>;
}

const BLOCK_SECONDS = 0.5;
const LIMIT_MS = 180_000;
/** Answers after which the kill comes at the latest once the chain goes on: some 1 s of four validators. */
const MAX_FURTHER_ANSWERS = 200;

/** A new chain; nothing runs yet. `mutation`: of hooks.mjs. */
export async function createFourProcesses(random: Random, mutation?: string): Promise<FourProcesses> {
  const directory = temporaryDirectory('four-processes');
  const { chain, genesisHash } = await createTestChain(directory.path, BLOCK_SECONDS);
  const ledger = join(directory.path, 'ledger');
  const wireLogs = temporaryDirectory('wire-logs');
  const env = testBuild({ ledger, wireLogs: wireLogs.path, mutation });
  const all = new ReturnedBlocks();
  const returned = chain.validators.map(() => new ReturnedBlocks());
  let nodes: NodeUnderTest[] = [];

  /** One life of all four, from their start to their death, which comes when `whenToDie` resolves. */
  const live = async (more: Record<string, string>, whenToDie: (life: Life) => Promise<void>): Promise<string[]> => {
    const from = all.highest;
    nodes = chain.validators.map(({ paths }) => startNode(paths.folder, { ...env, ...more }));
    const life = new Life(nodes, returned, all);
    try {
      await life.begin();
      await life.until(() => all.highest >= from + 2, `block ${from + 2}`);
      await whenToDie(life);
      return [];
    } catch (error) {
      return [error instanceof Error ? error.message : String(error)];
    } finally {
      await life.end();
    }
  };
  const afterDeath = async (cut: Cut, faults: string[]): Promise<string[]> => {
    const cuts = cutLogs(
      chain.validators.map(({ paths }) => paths.folder),
      ledger,
      cut,
      random,
    );
    const heard = new HeardMessages();
    heard.hearFolder(wireLogs.path);
    faults.push(...all.faults, ...heard.conflicts);
    for (const { index, address, paths } of chain.validators) {
      const precommits = heard.of(address).filter(({ kind }) => kind === 'precommit');
      const found = await diskFaults(paths, genesisHash, returned[index]?.entries() ?? [], precommits);
      faults.push(...found.map((fault) => `validator ${index}: ${fault}`));
    }
    return faults.map((fault) => `cut to ${cut}: ${fault}\n  ${cuts.join('\n  ')}`);
  };
  return {
    async killAll(cut) {
      const faults = await live({}, async (life) => {
        const moment = life.answers() + random.int(0, MAX_FURTHER_ANSWERS);
        await life.until(() => life.answers() >= moment, `answer ${moment}`);
      });
      return afterDeath(cut, faults);
    },
    async crashAllAt(point, cut) {
      const passing = passingOf(point, random.int(6, 9), random);
      const faults = await live({ HEDDLE_CRASH_AT: `${point}:${passing}` }, (life) =>
        life.until(() => life.deadCount() >= 2, `two to die at ${point}:${passing}`),
      );
      return (await afterDeath(cut, faults)).map((fault) => `${point}:${passing}, ${fault}`);
    },
    async goOn() {
      const faults: string[] = [];
      const ended = await live({}, async (life) => {
        for (const client of life.clients) {
          for (const [number, hash] of [...all.entries()]) {
            // The newest come from the fastest of the four: the others may still have to take them.
            const block = await waitFor(() => client.call('eth_getBlockByNumber', `0x${number.toString(16)}`, false), {
              what: `block ${number} at ${client.url}`,
              timeoutMs: LIMIT_MS,
            });
            if (block.hash !== hash) faults.push(`block ${number} was ${hash}, ${client.url} returns ${block.hash}`);
          }
        }
      });
      return [...ended, ...faults, ...all.faults];
    },
    async close() {
      await Promise.all(nodes.map((node) => node.hasEnded || node.kill()));
      wireLogs.remove();
      directory.remove();
    },
  };
}

/** The four while they run. */
class Life {
  clients: readonly RpcClient[] = [];
  readonly #nodes: readonly NodeUnderTest[];
  readonly #returned: readonly ReturnedBlocks[];
  readonly #all: ReturnedBlocks;
  #watches: readonly Promise<void>[] = [];
  #load: Promise<unknown> = Promise.resolve();
  #isOver = false;

  constructor(nodes: readonly NodeUnderTest[], returned: readonly ReturnedBlocks[], all: ReturnedBlocks) {
    this.#nodes = nodes;
    this.#returned = returned;
    this.#all = all;
  }

  async begin(): Promise<void> {
    const ready = await Promise.all(this.#nodes.map((node) => node.ready()));
    this.clients = ready.map(({ client }) => client);
    this.#watches = this.clients.map((client, index) => {
      const returned = this.#returned[index];
      return returned ? returned.watch(client, () => this.#isOver, this.#all) : Promise.resolve();
    });
    this.#load = Promise.all(this.clients.map((client) => this.#pay(client)));
  }

  answers(): number {
    return this.#returned.reduce((sum, { answerCount }) => sum + answerCount, 0);
  }

  deadCount(): number {
    return this.#nodes.filter(({ hasEnded }) => hasEnded).length;
  }

  async until(condition: () => boolean, what: string): Promise<void> {
    await waitFor(condition, { what, timeoutMs: LIMIT_MS, everyMs: 1 });
  }

  /** Sends a transaction as soon as the one before is in a block: no block stays empty for long. */
  async #pay(client: RpcClient): Promise<void> {
    let hash: string | undefined;
    const pay = async (): Promise<boolean> => {
      if (this.#isOver) return true;
      const receipt = hash && (await client.call('eth_getTransactionReceipt', hash));
      if (hash && !receipt) return false;
      const [from] = await client.call('eth_accounts');
      hash = await client.call('eth_sendTransaction', { from, to: from, value: '0x1' });
      return false;
    };
    await waitFor(pay, { what: 'the end', timeoutMs: 2 * LIMIT_MS, everyMs: 100 });
  }

  async end(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.hasEnded || node.kill()));
    this.#isOver = true;
    await Promise.all([...this.#watches, this.#load]);
  }
}
