import { type RpcClient, waitFor } from '@heddle/testkit';

/** Every block that any RPC server returned as the head, by number. */
export class ReturnedBlocks {
  readonly faults: string[] = [];
  /** Answers until now, the same block again included. */
  answerCount = 0;
  readonly #hashes = new Map<number, string>();

  get highest(): number {
    return Math.max(0, ...this.#hashes.keys());
  }

  entries(): IterableIterator<[number, string]> {
    return this.#hashes.entries();
  }

  /** Asks `client` for its head again and again until `isOver`; a call that fails is no answer. Also tells `others`. */
  async watch(client: RpcClient, isOver: () => boolean, others?: ReturnedBlocks): Promise<void> {
    const look = async (): Promise<boolean> => {
      if (isOver()) return true;
      const { number, hash } = await client.call('eth_getBlockByNumber', 'latest', false);
      this.note(Number(number), hash, client.url);
      others?.note(Number(number), hash, client.url);
      this.answerCount++;
      return false;
    };
    await waitFor(look, { what: `the end of ${client.url}`, timeoutMs: 300_000, everyMs: 10 });
  }

  /** `where` says that block `number` is `hash`. */
  note(number: number, hash: string, where: string): void {
    const before = this.#hashes.get(number) ?? hash;
    if (before !== hash) this.faults.push(`${where}: block ${number} is ${hash}, but was ${before}`);
    this.#hashes.set(number, before);
  }
}
