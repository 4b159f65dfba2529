import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesToHex, ZERO_HASH } from '@heddle/primitives';
import { assemble, ETHER, signedTransaction, TEST_CHAIN_ID, testAccount } from '@heddle/testkit';

const alice = testAccount(1);
const CONTRACT = `0x${'c0'.repeat(20)}` as const;
/** What the transaction's contract calls. */
export const INNER = `0x${'c1'.repeat(20)}` as const;

/** Writes "a test" of one case into `folder`; it fails, since it says nothing true of what comes of it. */
export function writeStateTest(folder: string): void {
  writeFileSync(join(folder, 'state-test.json'), JSON.stringify({ 'a test': stateTest() }));
}

/** One transaction that leaves its code 100,000 gas; what comes of it is not what the test says. */
function stateTest(): object {
  const fields = { to: CONTRACT, value: 0n, gasLimit: 121_000n, maxFeePerGas: 10n, maxPriorityFeePerGas: 0n };
  const caller = assemble(0, 0, 0, 0, INNER, 20_000, 'DELEGATECALL', 'PREVRANDAO', 'INVALID');
  const inner = assemble(0, 1, 'SSTORE', 2, 0, 'MSTORE', 1, 31, 'REVERT');
  const account = (given: object) => ({ balance: '0x00', nonce: '0x00', code: '0x', storage: {}, ...given });
  const txbytes = bytesToHex(signedTransaction(alice, fields).raw);
  return {
    env: {
      currentCoinbase: `0x${'fe'.repeat(20)}`,
      currentNumber: '0x01',
      currentTimestamp: '0x03e8',
      currentGasLimit: '0x989680',
      currentBaseFee: '0x0a',
      currentRandom: '0x00',
      currentExcessBlobGas: '0x00',
    },
    config: { chainid: `0x${TEST_CHAIN_ID.toString(16)}` },
    pre: {
      [alice.address]: account({ balance: `0x${ETHER.toString(16)}` }),
      [CONTRACT]: account({ code: bytesToHex(caller), storage: { '0x01': '0x07' } }),
      [INNER]: account({ code: bytesToHex(inner) }),
    },
    post: { Prague: [{ hash: ZERO_HASH, logs: ZERO_HASH, txbytes, state: {} }] },
  };
}
