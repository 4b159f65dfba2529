// The contracts of ipsilon/evm-benchmarks: one workload for each of their inputs.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { EMPTY_CODE_HASH, hexToBytes, keccak256Hex } from '@heddle/primitives';
import { fixtureFolder } from '@heddle/testkit';
import { createEthereumjsEngine, createReaderAccess } from '../../dist/index.js';
import { call, calldata, contract, contractAddress, word, wordHash } from './workload.mjs';

/** Gas that one measured call burns at least: shorter ones are repeated by contracts/BenchDriver.sol, on every side. */
const LEAST_GAS = 20_000_000;

/** What makes each of them, by name; none (and a line that says so) where the official data is not there. */
export function officialContracts({ isQuick }) {
  const folder = fixtureFolder('bench');
  if (folder === undefined) return {};
  const calls = ['main', 'micro'].flatMap((part) => {
    const files = readdirSync(join(folder, 'evm-benchmarks', part)).sort();
    return files.flatMap((file) => {
      return callsOf(join(folder, 'evm-benchmarks', part, file), { part, leastGas: isQuick ? 0 : LEAST_GAS });
    });
  });
  return Object.fromEntries(calls);
}

function callsOf(file, { part, leastGas }) {
  const [test] = Object.values(JSON.parse(readFileSync(file, 'utf8')));
  const { pre, transaction } = test;
  return transaction.data.map((hex, index) => {
    const label = test._info.labels?.[index] ?? index;
    const name = `${part}-${basename(file, '.json')}${transaction.data.length > 1 ? `-${label}` : ''}`;
    const [from, to] = [transaction.sender, transaction.to].map((address) => address.toLowerCase());
    const one = {
      fork: 'cancun',
      alloc: Object.entries(pre).map(accountOf),
      message: { from, to, data: hexToBytes(hex) },
    };
    return [name, () => longEnough(name, one, leastGas)];
  });
}

async function longEnough(name, one, leastGas) {
  const single = call(name, one);
  const gas = leastGas === 0 ? 0 : await gasOf(single);
  if (gas >= leastGas) return single;
  const { from, to, data } = one.message;
  const driver = contractAddress('driver');
  const times = Math.ceil(leastGas / gas);
  const padding = Buffer.alloc((32 - (data.length % 32)) % 32);
  const head = calldata('repeat(address,uint256,bytes)', to, times, 96);
  const message = { from, to: driver, data: Buffer.concat([head, word(data.length), data, padding]) };
  return call(name, { ...one, alloc: [...one.alloc, contract(driver, 'BenchDriver')], message });
}

/** What one call burns besides its intrinsic gas, at least 1. */
async function gasOf({ rules, environment, alloc, message }) {
  const engine = await createEthereumjsEngine(rules);
  engine.beginBlock(environment);
  const outcome = await engine.runCall(
    message,
    createReaderAccess(readerOf(alloc), () => undefined),
    {
      isAbandoned: () => false,
    },
  );
  if (outcome.status !== 'executed') throw new Error(`the call was refused: ${outcome.reason}`);
  return Math.max(1, Number(outcome.gasUsed) - 21_000 - 16 * message.data.length);
}

function readerOf(alloc) {
  const accounts = new Map(alloc.map((account) => [account.address, account]));
  const codes = new Map(alloc.map(({ code }) => [keccak256Hex(code), code]));
  return {
    account(address) {
      const account = accounts.get(address);
      if (account === undefined) return undefined;
      const { nonce, balance, code, storage } = account;
      return { nonce, balance, codeHash: keccak256Hex(code), incarnation: 0, slotCount: storage.size };
    },
    slot: (address, _, slot) => hexToBytes(accounts.get(address)?.storage.get(slot) ?? `0x${'00'.repeat(32)}`),
    code: (codeHash) => (codeHash === EMPTY_CODE_HASH ? new Uint8Array(0) : codes.get(codeHash)),
  };
}

function accountOf([address, { balance, nonce, code, storage }]) {
  const slots = Object.entries(storage).map(([slot, value]) => [wordHash(BigInt(slot)), wordHash(BigInt(value))]);
  return {
    address: address.toLowerCase(),
    balance: BigInt(balance),
    nonce: BigInt(nonce),
    code: hexToBytes(code),
    storage: new Map(slots),
  };
}
