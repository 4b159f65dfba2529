// What one validator can make the core remember. Everybody else's messages are refused before they are kept.

/** Rounds above current + 1 of which messages of one validator are kept (CometBFT: 2 per peer). */
export const MAX_CATCH_UP_ROUNDS = 2;

/** Votes of one validator for one (round, kind) that are kept beside its first: a correct one sends none. */
export const MAX_CONFLICTING_MESSAGES = 8;

/** Heights above the current one of which messages are kept. */
export const MAX_HEIGHTS_AHEAD = 4;

/** Messages kept of one validator for one height ahead. */
export const MAX_MESSAGES_AHEAD = 64;

/** The largest round that a signed message can name (polRound is an int32). */
export const MAX_ROUND = 0x7fff_ffff;
