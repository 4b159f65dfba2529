// Plain transfers without an engine: two balances and a nonce change, and who was there before matters only where a
// balance would not suffice. So the nonce and the upfront cost are predicates, and both balances are added to: transfers
// meet nobody but those who look at a balance (DESIGN 4.3).
import { IS_AT_LEAST, TRANSFER_OTHER, TRANSFER_OVER } from "./answers";
import { allocate } from "./arena";
import { finishRun } from "./frontier";
import {
  BASE_FEE, FIELD_BALANCE, FIELD_CODE, FIELD_NONCE, headOf, OUTCOME_EXECUTED, READ_NONCE_IS,
  RECORD_VALUE, ROW_PAYLOAD, ROW_PAYLOAD_SIZE, ROW_SENDER, SCRATCH_CHANGE, SCRATCH_PRICE,
  SCRATCH_UPFRONT, TRANSACTION_GAS_CAP, WRITE_ADD, WRITE_SET, ZERO_WORD,
} from "./layout";
import { noteWant } from "./kinds";
import { internAccount } from "./locations";
import { hasAccountBase } from "./reach";
import {
  abandonRun, currentRow, describe, forgetRun, isFinalRun, lookAt, readAtLeast, readExact, readPredicate, write,
} from "./run";
import {
  readTransfer, transferGasLimit, transferMaxFee, transferNonce, transferRecipient, transferTip, transferValue,
} from "./transfer-fields";
import { addWords, clearWord, isBelow, isZeroWord, multiplyWord, sameWord, subtractWords } from "./word";
import { workerScratch } from "./worker";

/** What a transfer costs (yellow paper, G_transaction); EIP-7623's floor is the same without data. */
const TRANSFER_GAS: u64 = 21000;
/** As encodeRunResult of run-result.ts: succeeded, no contract, no logs. Read-only. */
const RESULT: usize = memory.data<u8>([1, 0, 0, 0, 0, 0]);
const RESULT_SIZE: u32 = 6;

/**
 * Runs the transaction of the run that has just begun, if it is a plain transfer between accounts without code.
 * TRANSFER_OTHER, TRANSFER_OVER, or the entry of an account whose values the host is to load before it asks again.
 */
export function runTransfer(now: f64): usize {
  const row = currentRow();
  if (!readTransfer(load<u32>(row, ROW_PAYLOAD), load<u32>(row, ROW_PAYLOAD_SIZE))) return TRANSFER_OTHER;
  if (!paysEnough()) return TRANSFER_OTHER;
  const sender = internAccount(load<u32>(row, ROW_SENDER));
  const recipient = internAccount(transferRecipient);
  if (sender == 0 || recipient == 0) return TRANSFER_OTHER;
  if (!hasAccountBase(sender)) return sender;
  if (!hasAccountBase(recipient)) return recipient;
  if (!describe(f64(transferGasLimit))) {
    abandonRun(now);
    return TRANSFER_OVER;
  }
  if (!isFinalRun() && !hasFunds(sender)) {
    noteWant(row); // somebody below may be about to pay it
    abandonRun(now);
    return TRANSFER_OVER;
  }
  const fee = transferCredit();
  if (fee == 0 || !readBoth(sender, recipient) || !writeBoth(sender, recipient)) {
    forgetRun();
    return TRANSFER_OTHER;
  }
  finishRun(OUTCOME_EXECUTED, f64(TRANSFER_GAS), isZeroWord(fee) ? 0 : fee, RESULT, RESULT_SIZE, now);
  return TRANSFER_OVER;
}

/** Whether gas and price are such that only balance, nonce and code can still speak against it. Sets price and upfront cost. */
function paysEnough(): bool {
  if (transferGasLimit < TRANSFER_GAS || f64(transferGasLimit) > load<f64>(TRANSACTION_GAS_CAP)) return false;
  if (transferGasLimit > u32.MAX_VALUE) return false;
  if (isZeroWord(transferValue())) return false; // touches the recipient, which then may cease to exist (EIP-161)
  const maxFee = transferMaxFee();
  if (isBelow(maxFee, BASE_FEE) || isBelow(maxFee, transferTip())) return false;
  const upfront = workerScratch + SCRATCH_UPFRONT;
  multiplyWord(upfront, maxFee, u32(transferGasLimit));
  addWords(upfront, upfront, transferValue());
  const price = workerScratch + SCRATCH_PRICE;
  addWords(price, BASE_FEE, transferTip());
  if (isBelow(maxFee, price)) memory.copy(price, maxFee, 32);
  return true;
}

/** Address of what the proposer gets, maybe nothing; 0 when memory is short. */
function transferCredit(): usize {
  const fee = allocate(32);
  if (fee == 0) return 0;
  subtractWords(fee, workerScratch + SCRATCH_PRICE, BASE_FEE);
  multiplyWord(fee, fee, u32(TRANSFER_GAS));
  return fee;
}

/** Logs what the transfer depends on. False: it does not hold as far as is known here, or memory is short. */
function readBoth(sender: usize, recipient: usize): bool {
  if (!hasNoCode(sender) || (recipient != sender && !hasNoCode(recipient))) return false;
  const word = workerScratch + SCRATCH_CHANGE;
  setNumber(word, transferNonce);
  const nonce = headOf(sender, FIELD_NONCE);
  // While it speculates, the nonce is taken for granted: those below are about to raise it.
  if (isFinalRun() && !sameWord(lookAt(nonce), word)) return false;
  if (!readPredicate(nonce, READ_NONCE_IS, word)) return false;
  return readAtLeast(headOf(sender, FIELD_BALANCE), workerScratch + SCRATCH_UPFRONT) == IS_AT_LEAST;
}

function hasFunds(sender: usize): bool {
  const funds = lookAt(headOf(sender, FIELD_BALANCE));
  return funds != 0 && !isBelow(funds, workerScratch + SCRATCH_UPFRONT);
}

function hasNoCode(entry: usize): bool {
  const code = readExact(headOf(entry, FIELD_CODE));
  return code != 0 && isZeroWord(code + RECORD_VALUE);
}

function writeBoth(sender: usize, recipient: usize): bool {
  const word = workerScratch + SCRATCH_CHANGE;
  setNumber(word, transferNonce + 1);
  if (!write(headOf(sender, FIELD_NONCE), WRITE_SET, word)) return false;
  const price = workerScratch + SCRATCH_PRICE;
  multiplyWord(word, price, u32(TRANSFER_GAS));
  if (sender != recipient) addWords(word, word, transferValue());
  subtractWords(word, ZERO_WORD, word); // modulo 2^256, as all amounts that are added
  if (!write(headOf(sender, FIELD_BALANCE), WRITE_ADD, word)) return false;
  return sender == recipient || write(headOf(recipient, FIELD_BALANCE), WRITE_ADD, transferValue());
}

function setNumber(word: usize, value: u64): void {
  clearWord(word);
  store<u64>(word, bswap<u64>(value), 24);
}
