import type { ScriptedBlock } from './scripted-block.ts';

/** A scripted block, and whether its slots are read before it: interning them is a third of all steps. */
export interface Shape extends ScriptedBlock {
  readonly isWarm: boolean;
  /** How much the kinds of transactions are at odds when the block begins; see kinds.ts. Default: not at all. */
  readonly heat?: number;
}

/** Tiny blocks, three transactions on two slots: each holds one way in which transactions get into each other's way. */
export const SHAPES = {
  /** Both workers meet a location for the first time. */
  fresh: {
    isWarm: false,
    slots: [5n, 0n],
    transactions: [
      {
        script: [
          ['read', 0],
          ['add', 1],
          ['put', 0],
        ],
      },
      {
        script: [
          ['read', 0],
          ['add', 1],
          ['put', 0],
        ],
      },
      { script: [['put', 1]] },
    ],
  },
  /** Each adds 1 to the same slot. */
  chain: {
    isWarm: true,
    slots: [5n, 0n],
    transactions: [
      {
        script: [
          ['read', 0],
          ['add', 1],
          ['write', 0],
        ],
      },
      { script: [['read', 0], ['poll'], ['add', 1], ['write', 0]] },
      {
        script: [
          ['read', 0],
          ['add', 1],
          ['write', 0],
        ],
      },
    ],
  },
  /** The second writes one slot or the other, by what the first left. */
  moving: {
    isWarm: true,
    slots: [2n, 7n],
    transactions: [
      {
        script: [
          ['read', 0],
          ['add', 1],
          ['write', 0],
        ],
      },
      {
        script: [
          ['read', 0],
          ['skipIfEven', 2],
          ['add', 10],
          ['put', 1],
          ['add', 100],
          ['put', 0],
        ],
      },
      {
        script: [
          ['read', 1],
          ['add', 1000],
          ['write', 1],
        ],
      },
    ],
  },
  /** The second wipes what the first wrote; the third reads one and writes the other. */
  wiped: {
    isWarm: true,
    slots: [2n, 7n],
    transactions: [
      {
        script: [
          ['read', 0],
          ['add', 1],
          ['write', 0],
        ],
      },
      { script: [['wipe'], ['add', 9], ['put', 1]] },
      {
        script: [
          ['read', 0],
          ['add', 5],
          ['write', 1],
        ],
      },
    ],
  },
  /** A build: the second does not fit behind the first, the third is invalid before it and valid after it (trap 49). */
  built: {
    isWarm: true,
    builds: true,
    slots: [1n, 0n],
    gasLimit: 60_000,
    transactions: [
      {
        script: [
          ['read', 0],
          ['add', 1],
          ['write', 0],
        ],
      },
      {
        script: [
          ['read', 0],
          ['add', 7],
          ['put', 0],
          ['put', 1],
        ],
        gasLimit: 40_000,
      },
      { script: [['read', 0], ['invalidIfOdd'], ['add', 2], ['write', 1]] },
    ],
  },
  /** The last is deferred behind the second, while the first, of another kind, is on its way. */
  deferred: {
    isWarm: true,
    heat: 20,
    slots: [5n, 2n],
    transactions: [
      {
        kind: 1,
        script: [
          ['read', 1],
          ['add', 1],
          ['write', 1],
        ],
      },
      {
        script: [
          ['read', 0],
          ['add', 1],
          ['write', 0],
        ],
      },
      {
        script: [
          ['read', 0],
          ['add', 1],
          ['write', 0],
        ],
      },
    ],
  },
  /** Once the first is committed its kind is no longer at odds: both others are open at once. */
  reopened: {
    isWarm: true,
    heat: 3,
    slots: [5n, 2n],
    transactions: [
      {
        script: [
          ['read', 0],
          ['add', 1],
          ['write', 0],
        ],
      },
      {
        script: [
          ['read', 0],
          ['add', 1],
          ['write', 0],
        ],
      },
      {
        script: [
          ['read', 1],
          ['add', 1],
          ['write', 1],
        ],
      },
    ],
  },
} as const satisfies Readonly<Record<string, Shape>>;
