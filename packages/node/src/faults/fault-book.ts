import type { LinkRule } from '@heddle/p2p';
import { type ByzantineKind, type ClockFault, type FaultSettings, SOUND_LINK } from './fault-settings.ts';
import { type Direction, directionKey } from './fault-values.ts';

/** A fault in force, for status. */
export type ActiveFault =
  | { readonly type: 'partition'; readonly groups: readonly (readonly number[])[] }
  | ({ readonly type: 'link' } & Direction & Omit<LinkRule, 'isCut'>)
  | ({ readonly type: 'clock'; readonly validator: number } & ClockFault)
  | { readonly type: 'disk'; readonly validator: number; readonly syncDelayMs: number }
  | { readonly type: 'byzantine'; readonly validator: number; readonly kind: ByzantineKind };

const RIGHT_CLOCK: ClockFault = { offsetMs: 0, drift: 0 };

/** The faults in force between and inside a devnet's validators. Their processes' faults are kept elsewhere. */
export class FaultBook {
  readonly #seed: string;
  readonly #peerIds: readonly string[];
  readonly #links = new Map<string, Direction & { readonly rule: LinkRule }>();
  readonly #clocks = new Map<number, ClockFault>();
  readonly #syncDelaysMs = new Map<number, number>();
  readonly #byzantine = new Map<number, ByzantineKind>();
  #groups: readonly (readonly number[])[] = [];

  /** `peerIds` by validator. */
  constructor(peerIds: readonly string[], seed: string) {
    this.#peerIds = peerIds;
    this.#seed = seed;
  }

  /** Nobody reaches anybody outside his group. Takes the place of an earlier partition. */
  partition(groups: readonly (readonly number[])[]): void {
    this.#groups = groups;
  }

  /** Changes a part of the rule of each direction. */
  disturb(directions: readonly Direction[], change: Partial<LinkRule>): void {
    for (const direction of directions) {
      const key = directionKey(direction);
      const rule = { ...(this.#links.get(key)?.rule ?? SOUND_LINK), ...change };
      if (isSound(rule)) this.#links.delete(key);
      else this.#links.set(key, { ...direction, rule });
    }
  }

  setClock(validator: number, change: Partial<ClockFault>): void {
    const clock = { ...(this.#clocks.get(validator) ?? RIGHT_CLOCK), ...change };
    if (clock.offsetMs === 0 && clock.drift === 0) this.#clocks.delete(validator);
    else this.#clocks.set(validator, clock);
  }

  /** 0: as fast as the disk is. */
  slowDisk(validator: number, syncDelayMs: number): void {
    if (syncDelayMs === 0) this.#syncDelaysMs.delete(validator);
    else this.#syncDelaysMs.set(validator, syncDelayMs);
  }

  turn(validator: number, kind: ByzantineKind): void {
    this.#byzantine.set(validator, kind);
  }

  /** Ends them all. */
  heal(): void {
    this.#groups = [];
    for (const faults of [this.#links, this.#clocks, this.#syncDelaysMs, this.#byzantine]) faults.clear();
  }

  /** What the process of `validator` is to know. */
  settingsFor(validator: number): FaultSettings {
    const links = this.#peerIds.flatMap((peerId, from) => {
      const rule = this.#ruleOf({ from, to: validator });
      return from === validator || isSound(rule) ? [] : [{ peerId, rule }];
    });
    return {
      seed: `${this.#seed} ${validator}`,
      links,
      clock: this.#clocks.get(validator) ?? RIGHT_CLOCK,
      syncDelayMs: this.#syncDelaysMs.get(validator) ?? 0,
      byzantine: this.#byzantine.get(validator),
    };
  }

  list(): ActiveFault[] {
    return [
      ...(this.#groups.length > 0 ? [{ type: 'partition', groups: this.#groups } as const] : []),
      ...[...this.#links.values()].map(({ from, to, rule: { isCut: _, ...rest } }) => {
        return { type: 'link', from, to, ...rest } as const;
      }),
      ...[...this.#clocks].map(([validator, clock]) => ({ type: 'clock', validator, ...clock }) as const),
      ...[...this.#syncDelaysMs].map(([validator, syncDelayMs]) => ({ type: 'disk', validator, syncDelayMs }) as const),
      ...[...this.#byzantine].map(([validator, kind]) => ({ type: 'byzantine', validator, kind }) as const),
    ];
  }

  #ruleOf({ from, to }: Direction): LinkRule {
    const rule = this.#links.get(directionKey({ from, to }))?.rule ?? SOUND_LINK;
    const groupOf = (index: number) => this.#groups.findIndex((group) => group.includes(index));
    return groupOf(from) === groupOf(to) ? rule : { ...rule, isCut: true };
  }
}

function isSound(rule: LinkRule): boolean {
  const { isCut, delayMs, jitterMs, loss, copies, window } = rule;
  return !isCut && delayMs === 0 && jitterMs === 0 && loss === 0 && copies <= 1 && window <= 1;
}
