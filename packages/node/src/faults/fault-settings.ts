import type { LinkRule } from '@heddle/p2p';

/** What a validator may do instead of what it should. */
export const BYZANTINE_KINDS = ['equivocate', 'silent', 'late', 'amnesia', 'lie-blocks', 'garbage', 'drip'] as const;
/** One of them. */
export type ByzantineKind = (typeof BYZANTINE_KINDS)[number];

/** A link on which nothing is wrong. Not p2p's own: the supervisor loads nothing of libp2p. */
export const SOUND_LINK: LinkRule = { isCut: false, delayMs: 0, jitterMs: 0, loss: 0, copies: 1, window: 1 };

/** A clock that is wrong. */
export interface ClockFault {
  /** How far it is ahead, in milliseconds; negative: behind. */
  readonly offsetMs: number;
  /** How much too fast it goes: 0.01 gains ten milliseconds a second. */
  readonly drift: number;
}

/** All that is wrong at one validator, as its supervisor tells it. */
export interface FaultSettings {
  /** Equal seeds lose the same messages of an equal sequence. */
  readonly seed: string;
  /** By the peer whose traffic to this validator it is. */
  readonly links: readonly { readonly peerId: string; readonly rule: LinkRule }[];
  readonly clock: ClockFault;
  /** How much longer each sync of log and signer takes. */
  readonly syncDelayMs: number;
  readonly byzantine: ByzantineKind | undefined;
}

/** Where a devnet's validator finds its settings when it starts; without it a node has no layer of faults. */
const VARIABLE = 'HEDDLE_FAULTS';

/** The settings as an entry of a process's environment. */
export function settingsAsEnvironment(settings: FaultSettings): Record<string, string> {
  return { [VARIABLE]: JSON.stringify(settings) };
}

/** What {@link settingsAsEnvironment} left for this process; undefined: no devnet started it. */
export function settingsFromEnvironment(environment = process.env): FaultSettings | undefined {
  const text = environment[VARIABLE];
  return text === undefined ? undefined : (JSON.parse(text) as FaultSettings);
}
