// The other side inside of JavaScript: @ethereumjs/vm as it is, over flat-state.mjs, with hash-wasm for Keccak, transactions
// decoded and senders known beforehand.
import { createBlock } from '@ethereumjs/block';
import { Common, Mainnet } from '@ethereumjs/common';
import { createTxFromRLP, paramsTx } from '@ethereumjs/tx';
import { createAddressFromString, hexToBytes } from '@ethereumjs/util';
import { createVM, runTx } from '@ethereumjs/vm';
import { bytesToHex, encodeReceipt, keccak256, keccak256Hex, ZERO_HASH } from '@heddle/primitives';
import { orderedTrieRoot } from '../../dist/index.js';
import { FlatState } from './flat-state.mjs';

/** How this side is named in results. */
export const STOCK_CONFIGURATION =
  '@ethereumjs/vm 10.1.3 runTx over flat maps with an undo journal, hash-wasm Keccak, transactions decoded, senders known';

/** Runs the workload by stock means. */
export async function createStockSide({ workload }) {
  const { rules, environment, alloc, blockHashes } = workload;
  const common = new Common({
    chain: { ...Mainnet, chainId: rules.chainId },
    hardfork: rules.fork,
    customCrypto: { keccak256, kzg: {} }, // its presence is asked for by blob transactions, nothing of it is called
  });
  const stateManager = new FlatState(alloc);
  const vm = await createVM({ common, stateManager, blockchain: hashesOf(environment, blockHashes) });
  const block = blockOf(environment, common);
  const work = workload.kind === 'call' ? callOf(workload.message, vm, block) : transactionsOf(workload, vm, block);
  return {
    async run() {
      await stateManager.checkpoint(); // what the run changes is taken back after it
      const startedMs = performance.now();
      const made = await work();
      const executionMs = performance.now() - startedMs;
      await stateManager.revert();
      vm.evm.journal.cleanJournal();
      return { executionMs, made };
    },
    proof: async ({ made }) => (workload.kind === 'call' ? proofOfCall(made) : proofOfBlock(made)),
    close: async () => undefined,
  };
}

function blockOf(environment, common) {
  const { number, timestamp, beneficiary, gasLimit, baseFeePerGas, mixHash, excessBlobGas } = environment;
  const header = {
    ...{ number, timestamp, coinbase: beneficiary, gasLimit },
    ...(common.isActivatedEIP(1559) && { baseFeePerGas }),
    ...(common.gteHardfork('paris') ? { mixHash } : { difficulty: BigInt(mixHash) }),
    ...(common.isActivatedEIP(4844) && { excessBlobGas }),
  };
  return createBlock({ header }, { common, skipConsensusFormatValidation: true });
}

/** @ethereumjs asks for whole blocks where it needs their hashes. */
function hashesOf({ number, parentHash }, given = new Map()) {
  const hashes = new Map([...given, [number - 1, parentHash]]);
  const blockchain = {
    getBlock: async (wanted) => ({ hash: () => hexToBytes(hashes.get(Number(wanted)) ?? ZERO_HASH) }),
    shallowCopy: () => blockchain,
  };
  return blockchain;
}

function callOf({ from, to, data, gasLimit }, vm, block) {
  const message = {
    ...{ caller: createAddressFromString(from), to: createAddressFromString(to), data, gasLimit, block },
    skipBalance: true,
  };
  return () => vm.evm.runCall(message);
}

function transactionsOf({ rules, transactions }, vm, block) {
  const cap = Number(rules.transactionGasCap ?? Number.MAX_SAFE_INTEGER);
  const params = { ...paramsTx, 7825: { ...paramsTx[7825], maxTransactionGasLimit: cap } };
  const prepared = transactions.map(({ raw, sender }) => {
    const tx = createTxFromRLP(raw, { common: vm.common, freeze: false, params });
    const address = createAddressFromString(sender);
    tx.getSenderAddress = () => address;
    return tx;
  });
  return async () => {
    const results = [];
    for (const tx of prepared) {
      results.push(await runTx(vm, { tx, block, skipHardForkValidation: true, skipBlockGasLimitValidation: true }));
    }
    return results.map((result, index) => ({ result, type: prepared[index].type }));
  };
}

async function proofOfBlock(made) {
  let cumulativeGasUsed = 0n;
  const receipts = made.map(({ result, type }) => {
    cumulativeGasUsed += result.totalGasSpent;
    return encodeReceipt({
      ...{ type, cumulativeGasUsed, succeeded: result.execResult.exceptionError === undefined },
      logsBloom: bytesToHex(result.bloom.bitvector),
      logs: (result.execResult.logs ?? []).map(([address, topics, data]) => {
        return { address: bytesToHex(address), topics: topics.map(bytesToHex), data: bytesToHex(data) };
      }),
    });
  });
  return { gasUsed: Number(cumulativeGasUsed), receiptsRoot: orderedTrieRoot(receipts) };
}

function proofOfCall({ execResult }) {
  return { returned: keccak256Hex(execResult.returnValue), failed: execResult.exceptionError !== undefined };
}
