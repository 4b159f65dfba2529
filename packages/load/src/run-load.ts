import { type Address, bytesToHex } from '@heddle/primitives';
import { type ChainFees, loadAccount, signLoad } from './accounts.ts';
import { readBlock, type SeenBlock, watchBlocks } from './block-watch.ts';
import { elasticityShownBy } from './elasticity.ts';
import { connectEndpoint, type Endpoint } from './endpoint.ts';
import { sumParallelism } from './parallelism.ts';
import { LoadCounts, type LoadReport, makeReport } from './report.ts';
import { gasUsedBy, loadCall, type Scenario } from './scenario.ts';
import { createSchedule } from './schedule.ts';
import { type InFlight, type LoadSender, SenderPool } from './sender-pool.ts';
import { deployToken, endowWithEther, mnemonicAccount, type OnProgress, readQuantities } from './setup.ts';

/** What to run. */
export interface LoadOptions {
  readonly urls: readonly string[];
  readonly scenario: Scenario;
  /** Slots a second. */
  readonly rate: number;
  readonly durationMs: number;
  readonly senders: number;
  readonly mnemonic: string;
  /** Names the senders' accounts; the same seed finds their money again. */
  readonly seed: string;
  readonly onProgress: OnProgress;
  readonly onNotice: (line: string) => void;
}

const TICK_MS = 5;
/** After the schedule's end accepted transactions have this long to become final. */
const DRAIN_MS = 20_000;
/** Transactions that are signed before the load begins, at most; later ones are signed on the way. */
const MAX_PREPARED = 500_000;
/** A request holds at most so many transactions (geth takes 1,000 calls a batch). */
const MAX_BATCH = 200;

/**
 * Funds the senders, signs, sends on an open-loop schedule, and reports.
 *
 * @throws HeddleError `LOAD_ENDPOINT`, `LOAD_CALL_REFUSED`, `LOAD_FUNDS`, `LOAD_SETUP`
 */
export async function runLoad(options: LoadOptions): Promise<LoadReport> {
  const endpoints = options.urls.map(connectEndpoint);
  const first = endpoints[0] as Endpoint;
  const chain = await readChain(first);
  const { senders, token, hotAccount } = await prepare(options, first, chain.fees);
  const rate = await affordableRate(options, first);
  const head = Number(await first.call('eth_blockNumber'));
  const pool = new SenderPool(senders);
  const counts = new LoadCounts();
  const startMs = performance.now();
  let finalInTime = 0;
  const watch = watchBlocks(first, head, (block) => {
    let ours = 0;
    for (const hash of block.transactions) {
      const inFlight = pool.settle(hash);
      if (inFlight === undefined) continue;
      ours++;
      counts.finalize(block.seenAtMs - startMs - inFlight.slotMs);
      if (block.seenAtMs - startMs <= options.durationMs) finalInTime++;
    }
    if (ours > 0) counts.blocks.push(block);
  });
  await sendAll({ ...options, rate }, endpoints, pool, counts, startMs);
  await drain(pool);
  watch.stop();
  const { scenario, urls, durationMs } = options;
  const blockNumbers = counts.blocks.map(({ number }) => number);
  const parallelism = await sumParallelism(first, blockNumbers, { token, hotAccount });
  return makeReport(counts, { scenario, urls, durationMs, senders: senders.length, finalInTime, parallelism });
}

async function readChain(endpoint: Endpoint): Promise<{ readonly fees: ChainFees }> {
  const chainId = BigInt((await endpoint.call('eth_chainId')) as string);
  const { baseFeePerGas } = await readBlockAt(endpoint, 'latest');
  const maxPriorityFeePerGas = 10n ** 9n;
  // Room for a base fee that grows while the load runs; what is not needed is not paid.
  return { fees: { chainId, maxPriorityFeePerGas, maxFeePerGas: 20n * baseFeePerGas + 2n * maxPriorityFeePerGas } };
}

async function readBlockAt(endpoint: Endpoint, block: string): Promise<SeenBlock> {
  const raw = await endpoint.call('eth_getBlockByNumber', block, false);
  return readBlock(raw as Parameters<typeof readBlock>[0], performance.now());
}

async function prepare(
  options: LoadOptions,
  endpoint: Endpoint,
  fees: ChainFees,
): Promise<{ senders: LoadSender[]; token: Address | undefined; hotAccount: Address }> {
  const { scenario, mnemonic, seed, onProgress, rate, durationMs } = options;
  const indexes = Array.from({ length: options.senders }, (_, index) => index);
  const accounts = indexes.map((index) => loadAccount(seed, 'sender', index));
  const addresses = accounts.map(({ address }) => address);
  const setup = { endpoint, funder: mnemonicAccount(mnemonic, 0), fees, onProgress };
  const sends = Math.ceil((rate * durationMs) / 1_000 / options.senders) + 1;
  const hotAccount = loadAccount(seed, 'recipient', options.senders).address;
  const sample = loadCall(scenario, { recipient: hotAccount, hotAccount, token: hotAccount });
  await endowWithEther(setup, addresses, BigInt(sends) * sample.gasLimit * fees.maxFeePerGas + BigInt(sends));
  const token = scenario === 'transfer' ? undefined : await deployToken(setup, addresses);
  const nonces = await readQuantities(endpoint, 'eth_getTransactionCount', addresses);
  const preparedEach = Math.min(sends, Math.ceil(MAX_PREPARED / options.senders));
  const senders = accounts.map((account, index): LoadSender => {
    const recipient = loadAccount(seed, 'recipient', index).address;
    const call = loadCall(scenario, { recipient, hotAccount, token });
    const nonce = nonces[index] ?? 0n;
    const sign = (count: number) => {
      const { raw, hash } = signLoad(account, nonce + BigInt(count), call, fees);
      return { raw: bytesToHex(raw), hash };
    };
    if (index % 100 === 0) onProgress('signing', index, accounts.length);
    return { index, sign, prepared: Array.from({ length: preparedEach }, (_, count) => sign(count)), sentCount: 0 };
  });
  onProgress('signing', accounts.length, accounts.length);
  return { senders, token, hotAccount };
}

/**
 * The rate, lowered to half-full blocks where the base fee would otherwise rise by an eighth a block until the senders
 * cannot pay. A chain of elasticity 1 keeps its base fee and takes full blocks.
 */
async function affordableRate(options: LoadOptions, endpoint: Endpoint): Promise<number> {
  const blocks = await recentBlocks(endpoint);
  const elasticity = blocks
    .slice(1)
    .map((child, index) => elasticityShownBy(blocks[index] as SeenBlock, child))
    .find((shown) => shown !== undefined);
  const last = blocks.at(-1);
  if (last === undefined || elasticity === 1) return options.rate;
  const spans = blocks.slice(1).map((child, index) => child.timestampMs - (blocks[index] as SeenBlock).timestampMs);
  const blockSeconds = Math.max(0.05, Math.min(...spans, 1_000) / 1_000);
  const targetGas = Number(last.gasLimit) / (elasticity ?? 2);
  const affordable = targetGas / Number(gasUsedBy(options.scenario)) / blockSeconds;
  if (options.rate <= affordable) return options.rate;
  const lowered = Math.floor(affordable);
  options.onNotice(
    `rate lowered from ${options.rate} to ${lowered} tx/s: more than half-full blocks make the base fee rise by an eighth a block; start the devnet with --elasticity 1 for full blocks`,
  );
  return lowered;
}

async function recentBlocks(endpoint: Endpoint): Promise<SeenBlock[]> {
  const head = Number(await endpoint.call('eth_blockNumber'));
  const numbers = Array.from({ length: Math.min(12, head) }, (_, index) => head - index).reverse();
  return Promise.all(numbers.map((number) => readBlockAt(endpoint, `0x${number.toString(16)}`)));
}

async function sendAll(
  options: LoadOptions,
  endpoints: readonly Endpoint[],
  pool: SenderPool,
  counts: LoadCounts,
  startMs: number,
): Promise<void> {
  const schedule = createSchedule(options.rate, options.durationMs);
  const requests = new Set<Promise<void>>();
  let turn = 0;
  let elapsedMs: number;
  do {
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    elapsedMs = performance.now() - startMs;
    const taken = schedule.due(elapsedMs).map((slotMs) => pool.take(slotMs));
    const ready = taken.filter((inFlight) => inFlight !== undefined);
    counts.slots += taken.length;
    counts.missed += taken.length - ready.length;
    for (let start = 0; start < ready.length; start += MAX_BATCH) {
      const endpoint = endpoints[turn++ % endpoints.length] as Endpoint;
      const request = send(endpoint, ready.slice(start, start + MAX_BATCH), pool, counts);
      requests.add(request);
      void request.finally(() => requests.delete(request));
    }
    options.onProgress('sending', Math.min(elapsedMs, options.durationMs), options.durationMs);
  } while (elapsedMs < options.durationMs); // the last look is behind the last slot, however late it comes
  await Promise.all(requests);
}

async function send(
  endpoint: Endpoint,
  batch: readonly InFlight[],
  pool: SenderPool,
  counts: LoadCounts,
): Promise<void> {
  counts.sent += batch.length;
  try {
    const raws = batch.map(({ transaction }) => [transaction.raw]);
    const answers = await endpoint.batch('eth_sendRawTransaction', raws);
    for (const [index, answer] of answers.entries()) {
      const inFlight = batch[index] as InFlight;
      if ('result' in answer) counts.accepted++;
      else {
        counts.refuse(answer.error.message);
        pool.refuse(inFlight);
      }
    }
  } catch (error) {
    for (const inFlight of batch) {
      counts.refuse(error instanceof Error ? error.message : String(error));
      pool.refuse(inFlight);
    }
  }
}

async function drain(pool: SenderPool): Promise<void> {
  const end = performance.now() + DRAIN_MS;
  while (pool.inFlightCount > 0 && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
}
