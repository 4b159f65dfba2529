import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Address,
  decodeTransaction,
  type Fork,
  type Hash,
  HeddleError,
  type Hex,
  hexToBytes,
  intrinsicGas,
  isActive,
  recoverFrontierSender,
  recoverSender,
  type Transaction,
} from '@heddle/primitives';
import { fixtureFolder } from '@heddle/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine, PreparedTransaction, RunOutcome } from '../src/engine.ts';
import { ENGINES } from '../test/support/engines.ts';
import { environment, plainState, run } from '../test/support/run.ts';
import { fixtureFiles, perFork } from '../test/support/state-fixtures.ts';

/** Either what the transaction is, or why it is none. */
interface Result {
  readonly hash?: Hash;
  readonly sender?: Address;
  readonly exception?: string;
  readonly intrinsicGas: Hex;
}

interface Vector {
  readonly txbytes: Hex;
  readonly result: Readonly<Record<string, Result>>;
}

/** The forks by the names of the files, and of how many transactions these speak. None knows a fork after Cancun. */
const FORKS: readonly (readonly [name: string, fork: Fork, count: number])[] = [
  ['Frontier', 'frontier', 210],
  ['Homestead', 'homestead', 210],
  ['EIP150', 'tangerineWhistle', 210],
  ['EIP158', 'spuriousDragon', 210],
  ['Byzantium', 'byzantium', 210],
  ['Constantinople', 'constantinople', 210],
  ['ConstantinopleFix', 'petersburg', 210],
  ['Istanbul', 'istanbul', 210],
  ['Berlin', 'berlin', 210],
  ['London', 'london', 210],
  ['Paris', 'paris', 208],
  ['Shanghai', 'shanghai', 208],
  ['Cancun', 'cancun', 149],
];

const OF_FORM = /^(RLP_MALFORMED|RLP_FIELD|TRANSACTION_MALFORMED)/;
/** What we say, by the names of the exceptions. The files give a wrong v, r or s the name of either of two. */
const REFUSALS: readonly (readonly [exception: RegExp, reason: RegExp])[] = [
  [/^RLP_|^ADDRESS_TOO_|^(NONCE|GASLIMIT|GASPRICE|PRIORITY|VALUE)_OVERFLOW$/, OF_FORM],
  [/^TYPE_NOT_SUPPORTED$/, new RegExp(`${OF_FORM.source}|^transaction type not supported`)],
  [
    /^(INVALID_SIGNATURE_VRS|INVALID_CHAINID|EC_RECOVERY_FAIL)$/,
    / is not a legacy signature|: [rs] exceeds|^SENDER_|^invalid chain id/,
  ],
  [/^NONCE_TOO_BIG$/, /^nonce has max value/],
  [/^PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS/, /^max priority fee per gas higher than max fee per gas/],
  [/^(GASLIMIT_PRICE_PRODUCT_OVERFLOW|INSUFFICIENT_ACCOUNT_FUNDS)$/, /^insufficient funds/],
  [/^INTRINSIC_GAS_TOO_LOW$/, /^intrinsic gas too low/],
  [/^INITCODE_SIZE_EXCEEDED$/, /^max initcode size exceeded/],
];

const MOST = 2n ** 256n - 1n;
const folder = fixtureFolder('vectors');
const vectors = folder === undefined ? [] : readVectors(join(folder, 'transaction'));

describe.skipIf(folder === undefined).each(ENGINES)('official transactions on $name', ({ createEngine }) => {
  const engineFor = perFork(createEngine);
  let engine: Engine;

  describe.each(FORKS)('by the rules of %s', (name, fork, count) => {
    beforeAll(async () => {
      engine = await engineFor(fork, 1);
      engine.beginBlock(environment({ baseFeePerGas: 0n }));
    });

    it(`are what the files say, or are refused for it (${count})`, async () => {
      const failures: string[] = [];
      let checked = 0;
      for (const [test, { txbytes, result }] of vectors) {
        const expected = result[name];
        if (expected === undefined) continue;
        checked++;
        const failure = await difference(hexToBytes(txbytes), expected, { engine, fork });
        if (failure !== undefined) failures.push(`${test}: ${failure}`);
      }
      expect(failures).toEqual([]);
      expect(checked).toBe(count);
    });
  });
});

function readVectors(path: string): [test: string, vector: Vector][] {
  return fixtureFiles(path).flatMap((file) =>
    Object.entries(JSON.parse(readFileSync(file, 'utf8')) as Record<string, Vector>),
  );
}

async function difference(
  raw: Uint8Array,
  { hash, sender, exception, intrinsicGas: gas }: Result,
  { engine, fork }: { readonly engine: Engine; readonly fork: Fork },
): Promise<string | undefined> {
  const prepared = prepare(raw, fork);
  const outcome = typeof prepared === 'string' ? prepared : await runRich(engine, prepared);
  if (exception !== undefined) return differenceInRefusal(outcome, exception);
  if (typeof prepared === 'string') return `refused: ${prepared}`;
  const { transaction } = prepared;
  if (transaction.hash !== hash) return `hash ${transaction.hash}, not ${hash}`;
  if (prepared.sender !== sender) return `sender ${prepared.sender}, not ${sender}`;
  const { intrinsic } = intrinsicGas(transaction, fork);
  if (intrinsic !== BigInt(gas)) return `intrinsic gas ${intrinsic}, not ${BigInt(gas)}`;
  return differenceInRun(outcome, transaction, intrinsic);
}

function prepare(raw: Uint8Array, fork: Fork): PreparedTransaction | string {
  try {
    const transaction = decodeTransaction(raw);
    const recover = isActive(fork, 'homestead') ? recoverSender : recoverFrontierSender; // EIP-2
    return { transaction, sender: recover(transaction) };
  } catch (error) {
    if (error instanceof HeddleError) return `${error.code}: ${error.message}`;
    throw error;
  }
}

/** What the transaction comes to from a sender with all the wei there can be; why not, where it may not stand. */
async function runRich(engine: Engine, { transaction, sender }: PreparedTransaction): Promise<RunOutcome | string> {
  const state = plainState({ [sender]: { balance: MOST, nonce: transaction.nonce } });
  const outcome = await run(engine, transaction, sender, state);
  return outcome.status === 'invalid' ? outcome.reason : outcome;
}

function differenceInRefusal(outcome: RunOutcome | string, exception: string): string | undefined {
  if (typeof outcome !== 'string') return `not refused: ${exception}`;
  const name = exception.replace('TransactionException.', '');
  const isFor = REFUSALS.some(([names, reason]) => names.test(name) && reason.test(outcome));
  return isFor ? undefined : `refused for another reason than ${name}: ${outcome}`;
}

/** The engines work out intrinsic gas for themselves: a call of nothing costs it and no more. */
function differenceInRun(outcome: RunOutcome | string, transaction: Transaction, gas: bigint): string | undefined {
  const { gasLimit, maxFeePerGas, value, to } = transaction;
  // One of them costs more than an account can own: these files know no accounts.
  if (gasLimit * maxFeePerGas + value > MOST) return differenceInRefusal(outcome, 'INSUFFICIENT_ACCOUNT_FUNDS');
  if (typeof outcome === 'string') return `refused: ${outcome}`;
  if (outcome.status !== 'executed') return outcome.status;
  return to === undefined || outcome.gasUsed === gas ? undefined : `gas used ${outcome.gasUsed}, not ${gas}`;
}
