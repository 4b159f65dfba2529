import { setTimeout as setTimeoutPromise } from 'node:timers/promises';
import type { EngineName } from '@heddle/primitives';
import { Command, Option } from 'commander';
import type { NodeConfig } from '../config.ts';
import type { ConsensusStatus } from '../consensus/consensus-driver.ts';
import { settingsFromEnvironment } from '../faults/fault-settings.ts';
import type { NodeFaults } from '../faults/node-faults.ts';
import type { LimitTexts } from '../limits/node-limits.ts';
import { joinChain } from '../node-folder/full-node-folder.ts';
import { nodeConfigOf } from '../node-folder/node-config.ts';
import type { NodeEvents, RunningNode } from '../running-node.ts';
import { blockLine } from '../supervisor/block-lines.ts';
import type { ChildMessage } from '../supervisor/child-messages.ts';
import { type Supervision, supervision } from '../supervisor/supervised.ts';
import { engineOption } from './engine-option.ts';
import { readFullNodes, readNames, readPort, readText, readWorkers } from './flag-values.ts';
import { historyOption } from './history-option.ts';
import { openHostWarning } from './host-warning.ts';
import { addLimitOption } from './limit-option.ts';
import { addLogOptions, type LogOptionValues } from './log-options.ts';
import { shareText, stagedBar } from './progress-bar.ts';
import { whenAskedToEnd } from './signals.ts';

/** What starts a node: `startNode` of `../node.ts`. */
export type StartNode = (
  config: NodeConfig,
  events: NodeEvents,
  signal: AbortSignal,
  faults?: NodeFaults,
) => Promise<RunningNode>;

interface NodeOptionValues extends LogOptionValues {
  readonly datadir: string;
  readonly join?: string;
  readonly host?: string;
  readonly port?: number;
  readonly vhosts?: string[];
  readonly p2pListen?: string;
  readonly p2pAnnounce?: string[];
  readonly maxFullNodes?: number;
  readonly workers?: number;
  readonly engine?: EngineName;
  readonly history?: number;
  readonly acceptSignerState?: boolean;
  readonly limit?: LimitTexts;
}

/** A node that has not ended by itself after this is ended. */
const STOP_LIMIT_MS = 10_000;

/** `heddle node`: one validator from its folder, or with `--join` a full node, until it is asked to end. */
export function nodeCommand(startNode: StartNode, onExit: (code: number) => void): Command {
  const command = new Command('node')
    .description('run one validator from its folder, or with --join a full node that follows the chain')
    .addOption(new Option('--datadir <folder>', "the node's folder").default('.heddle-node').argParser(readText))
    .addOption(
      new Option('--join <file|url>', "a devnet.json, or the RPC URL of one of the chain's nodes").argParser(readText),
    )
    .addOption(new Option('--host <address>', 'where RPC is served').argParser(readText))
    .addOption(new Option('-p, --port <port>', 'RPC port; 0: a free one').argParser(readPort))
    .addOption(
      new Option('--vhosts <names>', 'host names to serve (default: all unless on loopback)').argParser(readNames),
    )
    .addOption(new Option('--p2p-listen <multiaddr>', 'for example /ip4/0.0.0.0/tcp/30303').argParser(readText))
    .addOption(
      new Option('--p2p-announce <multiaddrs>', 'what others are told instead, by commas').argParser(readNames),
    )
    .addOption(new Option('--max-full-nodes <count>', 'full nodes to admit').argParser(readFullNodes))
    .addOption(new Option('--workers <count>', 'executor threads (default: by the CPU quota)').argParser(readWorkers))
    .addOption(engineOption())
    .addOption(historyOption())
    .addOption(
      new Option('--accept-signer-state', 'start although the state of the signer is lost or an old copy, for once'),
    );
  return addLogOptions(addLimitOption(command)).action(async () => {
    onExit(await runNode(command.opts<NodeOptionValues>(), startNode));
  });
}

async function runNode(values: NodeOptionValues, startNode: StartNode): Promise<number> {
  const supervisor = supervision();
  // From the start: a Ctrl-C in the terminal reaches this process too, and its supervisor is who ends it.
  const askedToEnd = whenAskedToEnd({ isSupervised: supervisor !== undefined });
  supervisor?.onStop(askedToEnd.ask);
  if (values.join !== undefined) await joinChain(values.datadir, values.join);
  const { p2pListen: listen, p2pAnnounce: announce, limit: limits, ...rest } = values;
  const config = nodeConfigOf(values.datadir, { ...rest, listen, announce, limits });
  const voice = supervisor ? supervisedVoice(supervisor) : personalVoice(config.log);
  let fail = (_: unknown): void => undefined;
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => undefined); // awaited below; a failure while it stops changes nothing
  void askedToEnd.promise.then(() => setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref());
  const faults = supervisor && (await loadFaults());
  let node: RunningNode | undefined;
  if (supervisor) hearSupervisor(supervisor, faults, () => node);
  try {
    node = await startNode(config, { ...voice, onFailure: fail }, askedToEnd.signal, faults);
  } catch (error) {
    if (askedToEnd.signal.aborted) return 0;
    throw error;
  }
  const warning = supervisor ? undefined : openHostWarning(config.rpc);
  if (warning) voice.onWarning(warning);
  voice.onReady(node);
  try {
    await Promise.race([askedToEnd.promise, failed]);
  } catch (error) {
    // What still works is closed, so that the next start finds it whole; then the failure is told.
    await Promise.race([node.stop(), setTimeoutPromise(STOP_LIMIT_MS)]);
    throw error;
  }
  await node.stop();
  return 0;
}

/** What can go wrong on purpose, where a devnet asks for it; no other node even loads it. */
async function loadFaults(): Promise<NodeFaults | undefined> {
  const settings = settingsFromEnvironment();
  if (settings === undefined) return undefined;
  const { NodeFaults } = await import('../faults/node-faults.ts');
  return new NodeFaults(settings);
}

/** Faults and questions of the supervisor, each when what came before it is done. */
function hearSupervisor(
  supervisor: Supervision,
  faults: NodeFaults | undefined,
  node: () => RunningNode | undefined,
): void {
  let changing: Promise<void> | undefined;
  supervisor.onMessage(async (message) => {
    if (message.type === 'faults') changing = faults?.change(message.settings);
    if (message.type !== 'status') return;
    await changing;
    const status = node()?.status();
    if (status) supervisor.send(statusAnswer(message.question, status));
  });
}

function statusAnswer(question: number, status: ConsensusStatus): ChildMessage {
  const { head, height, round, step, peers, syncing } = status;
  return { type: 'status', question, status: { head, height, round, step, peers, isSyncing: syncing !== undefined } };
}

/** How a node speaks while it runs. */
interface NodeVoice extends Omit<NodeEvents, 'onFailure'> {
  onReady(node: RunningNode): void;
}

function supervisedVoice({ send }: Supervision): NodeVoice {
  return {
    onProgress: (step, share) =>
      send({ type: 'progress', step: share ? `${step}: ${shareText(share.done, share.total)}` : step }),
    onBlock: (summary) => send({ type: 'block', summary }),
    onWarning: (line) => send({ type: 'warning', line }),
    onReady: ({ rpcUrl, p2pAddress, peerId, validator, headNumber }) =>
      send({ type: 'ready', rpcUrl, p2pAddress, peerId, validator, headNumber }),
  };
}

/** Standard error, since standard output may carry the log, which then has a line for each block itself. */
function personalVoice(log: NodeConfig['log']): NodeVoice {
  const isLogShown = log.file === undefined && ['trace', 'debug', 'info'].includes(log.level);
  const bar = stagedBar();
  const say = (line: string) => {
    bar.end();
    console.error(`heddle: ${line}`);
  };
  return {
    onProgress: (step, share) => (share ? bar.show(step, share.done, share.total) : say(`${step} …`)),
    onBlock: (summary) => {
      if (!isLogShown) console.error(blockLine(summary));
    },
    onWarning: say,
    onReady: ({ rpcUrl, p2pAddress, peerId, validator, headNumber }) => {
      say(validator ? `validator ${validator}, at block ${headNumber}` : `full node, at block ${headNumber}`);
      say(`network ${p2pAddress}/p2p/${peerId}`);
      say(`RPC at ${rpcUrl}`);
    },
  };
}
