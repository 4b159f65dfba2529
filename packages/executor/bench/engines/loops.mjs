// Loops that burn gas on the stack and in two words of memory: what an interpreter alone is worth.
import { ETHER } from '@heddle/testkit';
import { block, call, calldata, contract, contractAddress, feeFor, funded, keyAccounts, signed } from './workload.mjs';

/** Rounds that burn 102 to 105 million gas (84, 512 and 120 a round), by function of contracts/BenchLoops.sol. */
const ROUNDS = { arithmetic: 1_250_000, checkedArithmetic: 200_000, keccak: 850_000 };
/** Gas of a transaction of such a loop: enough. */
const GAS = 250_000_000n;
/** Transactions in the block of loops. */
const COUNT = 4;

/** One call of `loop`; `part` of its rounds. */
export function loopCall(loop, part = 1) {
  const [caller] = keyAccounts('sender', 1);
  return call(`loop-${kebab(loop)}`, {
    alloc: [contract(contractAddress('loops'), 'BenchLoops')],
    message: { from: caller.address, to: contractAddress('loops'), data: loopData(loop, part) },
  });
}

/** A block of independent calls of `loop`. */
export function loopBlock(loop, part = 1) {
  const senders = keyAccounts('sender', COUNT);
  const to = contractAddress('loops');
  return block(`block-of-${kebab(loop)}`, {
    isLifted: true,
    alloc: [...senders.map((account) => funded(account, ETHER + feeFor(GAS))), contract(to, 'BenchLoops')],
    transactions: senders.map((sender) => {
      return signed(sender, { to, value: 0n, gasLimit: GAS, data: loopData(loop, part) });
    }),
  });
}

function loopData(loop, part) {
  return calldata(`${loop}(uint256)`, Math.max(1, Math.round(ROUNDS[loop] * part)));
}

function kebab(name) {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
