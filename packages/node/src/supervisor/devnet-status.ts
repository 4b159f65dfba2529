import type { ActiveFault } from '../faults/fault-book.ts';
import type { Chain } from './open-chain.ts';
import type { SupervisedValidator } from './supervised-validator.ts';

/** What a validator's process does: `silent` says that it is there and does not answer. */
export type ValidatorState = 'running' | 'starting' | 'silent' | 'stopped' | 'killed' | 'down';

/** One validator, as `heddle devnet status --json` shows it. */
export interface ValidatorStatus {
  readonly index: number;
  readonly state: ValidatorState;
  readonly pid: number | null;
  readonly rpcUrl: string | null;
  /** The last final block that is known of it. */
  readonly head: number;
  /** Blocks behind the highest head of all. */
  readonly lag: number;
  /** The height being decided, its round and step; null: it does not take part, or does not answer. */
  readonly height: number | null;
  readonly round: number | null;
  readonly step: string | null;
  readonly peers: number | null;
  readonly isSyncing: boolean;
}

/** A fault of a process. */
export type ProcessFault =
  | { readonly type: 'killed'; readonly validator: number }
  | { readonly type: 'stopped'; readonly validator: number; readonly leftMs: number | null }
  | { readonly type: 'slow'; readonly validator: number; readonly share: number };

/** The devnet, as `heddle devnet status --json` shows it. */
export interface DevnetStatus {
  readonly datadir: string;
  /** Of the supervisor. */
  readonly pid: number;
  readonly chainId: number;
  /** Every validator has served RPC since the start, or has said why it cannot. */
  readonly isUp: boolean;
  /** The highest final block of all validators. */
  readonly head: number;
  readonly validators: readonly ValidatorStatus[];
  readonly faults: readonly (ActiveFault | ProcessFault)[];
}

/** Asks every validator, at once; those that do not answer are shown as they were last heard of. */
export async function devnetStatus(
  chain: Chain,
  supervised: readonly SupervisedValidator[],
  faults: readonly ActiveFault[],
): Promise<DevnetStatus> {
  const found = await Promise.all(supervised.map(async (one, index) => ({ index, one, status: await one.status() })));
  const headOf = ({ one, status }: (typeof found)[number]) => status?.head ?? one.knownHead;
  const head = Math.max(0, ...found.map(headOf));
  const validators = found.map((each): ValidatorStatus => {
    const { index, one, status } = each;
    return {
      index,
      state: stateOf(one, status !== undefined),
      pid: one.pid ?? null,
      rpcUrl: one.ready?.rpcUrl ?? null,
      head: headOf(each),
      lag: head - headOf(each),
      height: status?.height ?? null,
      round: status?.height === undefined ? null : status.round,
      step: status?.step ?? null,
      peers: status?.peers ?? null,
      isSyncing: status?.isSyncing ?? false,
    };
  });
  const { chainId } = chain.spec;
  return {
    datadir: chain.datadir,
    pid: process.pid,
    chainId,
    isUp: isDevnetUp(chain, supervised),
    head,
    validators,
    faults: [...faults, ...supervised.flatMap(processFaults)],
  };
}

/** Every validator was started and has been ready once, or never will be. */
export function isDevnetUp({ validators }: Chain, supervised: readonly SupervisedValidator[]): boolean {
  return supervised.length === validators.length && supervised.every(({ ready, isGivenUp }) => ready || isGivenUp);
}

function stateOf(one: SupervisedValidator, isAnswering: boolean): ValidatorState {
  if (one.isHeldDown) return 'killed';
  if (one.brake.braking?.type === 'stopped') return 'stopped';
  if (one.pid === undefined) return 'down';
  if (isAnswering) return 'running';
  return one.isReady ? 'silent' : 'starting';
}

function processFaults(one: SupervisedValidator, validator: number): ProcessFault[] {
  if (one.isHeldDown) return [{ type: 'killed', validator }];
  const { braking } = one.brake;
  if (braking?.type === 'slow') return [{ type: 'slow', validator, share: braking.share }];
  if (braking?.type !== 'stopped') return [];
  const leftMs = braking.untilMs === undefined ? null : Math.max(0, Math.round(braking.untilMs - performance.now()));
  return [{ type: 'stopped', validator, leftMs }];
}
