import { dirname } from 'node:path';
import { waitFor } from '@heddle/testkit';
import { type FaultCase, randomOf, type Scale } from './fault-case.ts';
import { type Figure, Figures } from './figures.ts';
import { elapse } from './head-watch.ts';
import { judge } from './judge.ts';
import { NetworkUnderFault, PATIENCE_MS } from './network-under-fault.ts';

/** What came of one case. */
export interface CaseResult {
  readonly number: number;
  readonly title: string;
  readonly figures: readonly Figure[];
  /** Faults in words, for whoever looks for the cause. */
  readonly findings: readonly string[];
  /** Why the case did not come to its end. */
  readonly failure: string | undefined;
  readonly tookMs: number;
}

/** The devnet runs for so long before anything is done to it: what is resident then is the measure for later. */
const WARM_SECONDS = { full: 10, quick: 2 };
/** After the case the network is left alone for so long before its memory is looked at. */
const CALM_SECONDS = { full: 5, quick: 0 };
/** When no accepted transaction has come into a block for so long, those that are in none are lost. */
const SETTLE_MS = 120_000;
/** Share that a validator's resident set may have grown by. */
const MAX_GROWTH_PERCENT = 20;
/** What a validator under this load takes after a minute in which nothing is done to it (case 0 prints it). */
const GROWN_UP_MIB = 300;
/** The collector may need a moment to give back what a fault took. */
const MEMORY_PATIENCE_MS = 15_000;

/** How a case is run. */
export interface RunOptions {
  readonly scale: Scale;
  readonly seed: string;
}

/** Runs one case on a devnet of its own. */
export async function runCase(faultCase: FaultCase, options: RunOptions): Promise<CaseResult> {
  const startedMs = performance.now();
  let network: NetworkUnderFault;
  try {
    network = await NetworkUnderFault.start(faultCase.setup ?? {});
  } catch (error) {
    const { number, title } = faultCase;
    const tookMs = performance.now() - startedMs;
    return { number, title, figures: [], findings: [], failure: `it did not start: ${reasonOf(error)}`, tookMs };
  }
  const { scale } = options;
  await elapse(scale.ms(WARM_SECONDS.full, WARM_SECONDS.quick));
  let result = await runCaseOn(network, faultCase, options);
  try {
    await network.end();
  } catch (error) {
    result = { ...result, failure: result.failure ?? `while ending: ${reasonOf(error)}` };
  }
  return { ...result, tookMs: performance.now() - startedMs };
}

/** Runs one case on a devnet that runs already, and judges everything that was said and kept in it until then. */
export async function runCaseOn(
  network: NetworkUnderFault,
  faultCase: FaultCase,
  { scale, seed }: RunOptions,
): Promise<CaseResult> {
  const startedMs = performance.now();
  const figures = new Figures();
  const findings: string[] = [];
  let failure: string | undefined;
  const { watch, stream } = network;
  try {
    const warm = network.residentMiB();
    await faultCase.run({ network, watch, stream, figures, scale, random: randomOf(seed, faultCase) });
    await network.watch.allReach(watch.head(), network.all, PATIENCE_MS);
    await judgeTransactions(network, figures);
    await elapse(scale.ms(CALM_SECONDS.full, CALM_SECONDS.quick));
    await judgeMemory(network, { warm, scale }, figures);
    findings.push(...(await judgeNetwork(network, faultCase, figures)));
    stream.resume();
  } catch (error) {
    failure = reasonOf(error);
    findings.push(...lastLines(network.output()));
    // For what comes after it on the same devnet.
    for (const index of network.all) network.thaw(index);
    await network.fault('heal').catch(() => undefined);
  }
  const { number, title } = faultCase;
  return { number, title, figures: figures.all, findings, failure, tookMs: performance.now() - startedMs };
}

/** What stands between a result and success; empty when nothing does. Times count on a quiet machine alone. */
export function faultsOf(result: CaseResult, { withTimes }: { readonly withTimes: boolean }): string[] {
  const missed = result.figures.filter(({ isKept, kind }) => !isKept && (kind === 'safety' || withTimes));
  const told = missed.map(({ what, value, unit, limit }) => `${what}: ${value}${unit && ` ${unit}`}, ${limit}`);
  return result.failure === undefined ? told : [result.failure, ...told];
}

async function judgeTransactions({ stream }: NetworkUnderFault, figures: Figures): Promise<void> {
  const lost = await stream.settle(SETTLE_MS);
  figures.tell('transactions accepted', stream.acceptedCount);
  if (stream.resentCount > 0) figures.tell('sent again, since only killed nodes had them', stream.resentCount);
  figures.mustBe('accepted transactions lost', lost, 0);
}

/** Growth of the worst validator, once it is within the limit or has had its time. */
async function judgeMemory(
  network: NetworkUnderFault,
  { warm, scale }: { readonly warm: readonly number[]; readonly scale: Scale },
  figures: Figures,
): Promise<void> {
  let growth = Infinity;
  const look = (): boolean => {
    const now = network.residentMiB();
    growth = Math.max(...now.map((size, index) => (100 * size) / Math.max(warm[index] ?? 0, GROWN_UP_MIB) - 100));
    return growth <= MAX_GROWTH_PERCENT;
  };
  // In a quick run nothing is warm yet: every process still grows by itself.
  look();
  if (scale.name === 'quick') return figures.tell('resident set against warm', growth, '%');
  const patience = { what: 'memory to come back', timeoutMs: MEMORY_PATIENCE_MS, everyMs: 500 };
  await waitFor(look, patience).catch(() => undefined);
  figures.measuredAtMost('resident set against warm', growth, MAX_GROWTH_PERCENT, '%');
}

async function judgeNetwork(
  network: NetworkUnderFault,
  { byzantine = [], withHoles = [] }: FaultCase,
  figures: Figures,
): Promise<string[]> {
  const returned = new Map(network.watch.blocks()); // as of now: the chain goes on while it is judged
  await network.watch.allReach(Math.max(...returned.keys()), network.all, PATIENCE_MS);
  const folders = network.all.map((index) => dirname(network.paths(index).logFile));
  const judgement = await judge({
    genesisFile: network.genesisFile,
    wireLogFolder: network.wireLogFolder,
    urls: network.all.map((index) => network.url(index)),
    returned,
    logFolders: folders,
  });
  figures.tell('blocks', judgement.blockCount);
  figures.tell('commit certificates checked', judgement.certificateCount);
  figures.mustBe('blocks on which nodes differ', judgement.disagreements.length, 0);
  figures.mustBe('commit certificates that do not hold', judgement.badCertificates.length, 0);
  const isLiar = (address: string) => byzantine.some((index) => network.address(index) === address);
  const forgotten = judgement.signedTwice.filter(({ validator }) => !isLiar(validator));
  figures.mustBe('signed twice (by all wire logs)', forgotten.length, 0);
  if (byzantine.length > 0) {
    const lies = judgement.signedTwice.length - forgotten.length;
    figures.mustBeAtLeast('signed twice by who was told to', lies, 1);
  }
  const holes = judgement.holes.filter((folder) => !withHoles.some((index) => folders[index] === folder));
  figures.mustBe('wire logs with holes', holes.length, 0);
  figures.mustBeAtLeast('votes and proposals in the wire logs', judgement.signedCount, judgement.blockCount);
  const contradictions = [...network.watch.contradictions, ...judgement.disappeared];
  figures.mustBe('returned blocks that disappeared', contradictions.length, 0);
  figures.mustBe('unhandled errors in logs', judgement.unhandled.length, 0);
  return [
    ...judgement.disagreements,
    ...judgement.badCertificates,
    ...forgotten.map(({ what }) => what),
    ...contradictions,
    ...judgement.unhandled,
    ...holes.map((folder) => `a wire log with holes: ${folder}`),
  ];
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function lastLines(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => !line.startsWith('block '))
    .slice(-10);
}
