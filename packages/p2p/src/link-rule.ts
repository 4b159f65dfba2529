/** What happens to what one peer sends to this node. The other direction is that peer's own rule. */
export interface LinkRule {
  /** No byte arrives, as behind a firewall that drops: live connections go silent, new ones are refused. */
  readonly isCut: boolean;
  /** Every byte comes later by this, give or take the jitter; order is kept, as TCP keeps it. */
  readonly delayMs: number;
  readonly jitterMs: number;
  /** Share of whole messages (consensus, gossip, requests, answers) that never arrive, 0 to 1. */
  readonly loss: number;
  /** How often each message arrives; 1: once. */
  readonly copies: number;
  /** Messages arrive in random order within so many; 1: in order. */
  readonly window: number;
}

/** A link on which nothing is wrong. */
export const SOUND_LINK: LinkRule = { isCut: false, delayMs: 0, jitterMs: 0, loss: 0, copies: 1, window: 1 };
