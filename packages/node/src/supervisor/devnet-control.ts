import { controlRefused } from '../control/control-errors.ts';
import type { ControlRequest } from '../control/control-protocol.ts';
import type { FaultBook } from '../faults/fault-book.ts';
import { FAULT_COMMANDS, type FaultCommand, type FaultCommandName } from '../faults/fault-commands.ts';
import { faultImpossible, faultInvalid } from '../faults/fault-errors.ts';
import { BYZANTINE_KINDS } from '../faults/fault-settings.ts';
import {
  readClock,
  readCount,
  readDuration,
  readGroups,
  readIndex,
  readLinks,
  readShare,
} from '../faults/fault-values.ts';
import { devnetStatus } from './devnet-status.ts';
import type { Chain } from './open-chain.ts';
import type { SupervisedValidator } from './supervised-validator.ts';

/** What commands act on. */
export interface ControlledDevnet {
  readonly chain: Chain;
  readonly supervised: readonly SupervisedValidator[];
  readonly book: FaultBook;
  say(line: string): void;
  /** Ends all validators; the devnet ends after them. */
  end(): Promise<void>;
}

type Params = Readonly<Record<string, string>>;

/** What a validator gets for ending by itself before it is started again. */
const RESTART_PATIENCE_MS = 10_000;
const MAX_COPIES = 10;
const MAX_WINDOW = 100;

/** Carries out what arrives on the control channel; the result of a fault is one line that says what is so now. */
export function createDevnetControl(devnet: ControlledDevnet): (request: ControlRequest) => Promise<unknown> {
  const { chain, supervised, book, say } = devnet;
  const faults = faultHandlers(devnet);
  const carryOut = async (name: FaultCommandName, params: Params): Promise<string> => {
    checkParams(name, FAULT_COMMANDS[name], params);
    const said = await faults[name](params);
    say(`fault: ${said}`);
    return said;
  };
  return async ({ command, params }) => {
    if (Object.hasOwn(FAULT_COMMANDS, command)) return carryOut(command as FaultCommandName, params);
    if (command === 'status') return devnetStatus(chain, supervised, book.list());
    if (command === 'down') return devnet.end();
    throw controlRefused(
      `no command ${JSON.stringify(command.slice(0, 40))} (known: status, down, ${Object.keys(FAULT_COMMANDS).join(', ')})`,
    );
  };
}

/** Commander checks the words of a command line, but a script may write to the socket itself. */
function checkParams(name: string, { params }: FaultCommand, given: Params): void {
  const unknown = Object.keys(given).find((key) => params.every((param) => param.name !== key));
  if (unknown !== undefined) throw controlRefused(`${name} knows no ${JSON.stringify(unknown.slice(0, 40))}`);
  const missing = params.find((param) => param.isOptional !== true && given[param.name] === undefined);
  if (missing) throw controlRefused(`${name} needs ${missing.name}: ${missing.help}`);
}

type Handlers<Name extends FaultCommandName> = Record<Name, (params: Params) => string | Promise<string>>;

function faultHandlers(devnet: ControlledDevnet): Handlers<FaultCommandName> {
  return { ...networkFaults(devnet), ...processFaults(devnet), ...insideFaults(devnet), heal: () => heal(devnet) };
}

type NetworkFault = 'partition' | 'delay' | 'loss' | 'duplicate' | 'reorder';

function networkFaults(devnet: ControlledDevnet): Handlers<NetworkFault> {
  const { book, chain } = devnet;
  const count = chain.validators.length;
  return {
    partition: ({ groups: text = '' }) => {
      const groups = readGroups(text, count);
      book.partition(groups);
      return told(devnet, `partition ${groups.map((group) => group.join(',')).join('/')}`);
    },
    delay: ({ links = '', delay = '', jitter }) => {
      const change = { delayMs: readDuration(delay), jitterMs: jitter === undefined ? 0 : readDuration(jitter) };
      if (change.jitterMs > change.delayMs) throw faultInvalid(`jitter ${jitter} is above the delay`, 'give less');
      book.disturb(readLinks(links, count), change);
      return told(devnet, `delay ${links} ${delay}${jitter === undefined ? '' : ` ± ${jitter}`}`);
    },
    loss: ({ links = '', share = '' }) => {
      book.disturb(readLinks(links, count), { loss: readShare(share) });
      return told(devnet, `loss ${links} ${share}`);
    },
    duplicate: ({ links = '', times = '' }) => {
      book.disturb(readLinks(links, count), { copies: readCount(times, { low: 1, high: MAX_COPIES }) });
      return told(devnet, `duplicate ${links} ${times}`);
    },
    reorder: ({ links = '', window = '' }) => {
      book.disturb(readLinks(links, count), { window: readCount(window, { low: 1, high: MAX_WINDOW }) });
      return told(devnet, `reorder ${links} ${window}`);
    },
  };
}

function processFaults(devnet: ControlledDevnet): Handlers<'kill' | 'restart' | 'stop' | 'slow'> {
  return {
    kill: async (params) => {
      const { index, one } = validatorOf(devnet, params);
      if (one.isHeldDown) throw faultImpossible(`validator ${index} is killed already`, 'bring it back with restart');
      await one.holdDown();
      return `validator ${index} killed; it stays down until heddle fault restart ${index}`;
    },
    restart: async (params) => {
      const { index, one } = validatorOf(devnet, params);
      const { headNumber } = await one.startAgain(RESTART_PATIENCE_MS);
      return `validator ${index} serves RPC again (pid ${one.pid}), at block ${headNumber}`;
    },
    stop: (params) => {
      const { index, one } = runningOf(devnet, params);
      one.brake.stop(params.time === undefined ? undefined : readDuration(params.time));
      return `validator ${index} stopped ${params.time === undefined ? 'until heal' : `for ${params.time}`}`;
    },
    slow: (params) => {
      const { index, one } = runningOf(devnet, params);
      const share = readShare(params.share ?? '');
      if (share === 0) throw faultInvalid('share "0%": it would stand still', 'use stop, or give more than 0%');
      one.brake.slow(share);
      return share === 1
        ? `validator ${index} runs all the time`
        : `validator ${index} runs ${params.share} of the time`;
    },
  };
}

function insideFaults(devnet: ControlledDevnet): Handlers<'clock' | 'disk' | 'byzantine'> {
  const { book } = devnet;
  return {
    clock: (params) => {
      const { index } = validatorOf(devnet, params);
      book.setClock(index, readClock(params.change ?? ''));
      return told(devnet, `clock ${index} ${params.change}`);
    },
    disk: (params) => {
      const { index } = validatorOf(devnet, params);
      book.slowDisk(index, readDuration(params.delay ?? ''));
      return told(devnet, `disk ${index} ${params.delay}`);
    },
    byzantine: (params) => {
      const { index } = validatorOf(devnet, params);
      const kind = BYZANTINE_KINDS.find((one) => one === params.behaviour);
      if (kind === undefined) {
        const known = `give one of ${BYZANTINE_KINDS.join(', ')}`;
        throw faultInvalid(`behaviour ${JSON.stringify(params.behaviour)}: there is none of that name`, known);
      }
      book.turn(index, kind);
      return told(devnet, `byzantine ${index} ${kind}`);
    },
  };
}

function heal(devnet: ControlledDevnet): Promise<string> {
  const { book, supervised } = devnet;
  book.heal();
  for (const { brake } of supervised) brake.release();
  const down = supervised.flatMap(({ isHeldDown }, index) => (isHeldDown ? [index] : []));
  return told(devnet, `healed${down.length > 0 ? `; killed and down until restart: ${down.join(', ')}` : ''}`);
}

/** Tells the processes what is wrong now. They know when this resolves, but for those that do not answer. */
async function told({ supervised }: ControlledDevnet, said: string): Promise<string> {
  for (const one of supervised) one.tellFaults();
  await Promise.all(supervised.map((one) => one.status())); // they answer in order
  return said;
}

function validatorOf({ chain, supervised }: ControlledDevnet, { validator: text = '' }: Params) {
  const index = readIndex(text, chain.validators.length);
  const one = supervised[index];
  if (!one) throw faultImpossible(`validator ${index} is not started yet`, 'wait a moment');
  return { index, one };
}

function runningOf(devnet: ControlledDevnet, params: Params) {
  const found = validatorOf(devnet, params);
  if (found.one.pid !== undefined) return found;
  const remedy = `start it with heddle fault restart ${found.index}`;
  throw faultImpossible(`validator ${found.index} has no process at present`, remedy);
}
