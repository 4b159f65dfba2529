import { BYZANTINE_KINDS } from './fault-settings.ts';

/** One word of a fault command. */
export interface FaultParam {
  readonly name: string;
  /** What to give, with an example. */
  readonly help: string;
  readonly isOptional?: true;
}

/** A command of `heddle fault`, as the command line explains it and the supervisor understands it. */
export interface FaultCommand {
  readonly summary: string;
  readonly params: readonly FaultParam[];
}

const VALIDATOR: FaultParam = { name: 'validator', help: 'its number, from 0' };
const LINKS: FaultParam = {
  name: 'links',
  help: '0-1 both directions, "0>1" one of them, 2 all links of validator 2, all every link; several with commas',
};

/** Everything that can go wrong on purpose. A fault that is already there is replaced; 0 ends it. */
export const FAULT_COMMANDS = {
  partition: {
    summary: 'cut the network into groups that cannot reach each other',
    params: [{ name: 'groups', help: '0,1/2,3; those that are not named form one more group' }],
  },
  delay: {
    summary: 'let everything on a link arrive later',
    params: [
      LINKS,
      { name: 'delay', help: 'for each direction, for example 200ms; 0ms ends it' },
      { name: 'jitter', help: 'give or take so much, for example 40ms', isOptional: true },
    ],
  },
  loss: {
    summary: 'lose a share of the messages on a link',
    params: [LINKS, { name: 'share', help: 'for example 30%; 0% ends it' }],
  },
  duplicate: {
    summary: 'let each message on a link arrive several times',
    params: [LINKS, { name: 'times', help: '1 (ends it) to 10' }],
  },
  reorder: {
    summary: 'let messages on a link arrive in random order',
    params: [LINKS, { name: 'window', help: 'within so many messages, 1 (ends it) to 100' }],
  },
  kill: {
    summary: 'end a validator with SIGKILL; it stays down until it is restarted',
    params: [VALIDATOR],
  },
  restart: {
    summary: 'start a validator again, also one that runs; returns when it serves RPC',
    params: [VALIDATOR],
  },
  stop: {
    summary: 'stop a process for a time (SIGSTOP): it keeps its connections and is silent',
    params: [VALIDATOR, { name: 'time', help: 'for example 20s; without it until heal', isOptional: true }],
  },
  slow: {
    summary: 'let a process run only for a share of the time',
    params: [VALIDATOR, { name: 'share', help: 'for example 25%; 100% ends it' }],
  },
  clock: {
    summary: "set a validator's clock wrong",
    params: [VALIDATOR, { name: 'change', help: 'an offset such as +5s or -200ms, or a drift such as +1%' }],
  },
  disk: {
    summary: 'let each sync of log and signer to the disk take longer',
    params: [VALIDATOR, { name: 'delay', help: 'for example 200ms; 0ms ends it' }],
  },
  byzantine: {
    summary: 'let a validator lie; its signer is bypassed for it',
    params: [VALIDATOR, { name: 'behaviour', help: BYZANTINE_KINDS.join(', ') }],
  },
  heal: {
    summary: 'end all faults; killed validators stay down until they are restarted',
    params: [],
  },
} as const satisfies Readonly<Record<string, FaultCommand>>;

/** The name of one. */
export type FaultCommandName = keyof typeof FAULT_COMMANDS;
