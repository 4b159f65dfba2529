import type { StateDiff } from '@heddle/executor';

/**
 * What a block was refused for. `header`: its bytes, its header's rules, or a body that is not the header's;
 * `transaction`: one that may not stand where it does; `result`: executing it gives something else than the header says.
 */
export type RefusalKind = 'header' | 'transaction' | 'result';

/** Why a block may not follow its parent. */
export interface Refusal {
  readonly status: 'refused';
  readonly kind: RefusalKind;
  /** What is wrong, where, and with which values. */
  readonly reason: string;
  /** What it changed, where it was executed to its end. */
  readonly diff?: StateDiff;
}

/** The refusal for this reason. */
export function refused(kind: RefusalKind, reason: string): Refusal {
  return { status: 'refused', kind, reason };
}
