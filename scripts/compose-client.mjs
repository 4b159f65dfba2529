// Runs in a container beside a devnet's nodes (scripts/test-compose.mjs): sends transfers and reads balances all the
// time, through whichever node answers, as a program with several RPC URLs does. One line for each transaction that is
// final; SIGTERM ends it with a summary. Exit code 1: a node contradicted what was final before, or none answers.
import { HDNodeWallet, JsonRpcProvider, keccak256, Mnemonic, Wallet } from 'ethers';

const HOSTS = ['rpc-0', 'rpc-1'];
const WORDS = 'test test test test test test test test test test test junk';
const TO = '0x00000000000000000000000000000000000000b2';
const PATIENCE_MS = 60_000;
/** A node that has died without a word is given up after this. */
const CALL_MS = 5_000;

const providers = HOSTS.map((host) => {
  const options = { staticNetwork: true, batchMaxCount: 1 };
  return { host, provider: new JsonRpcProvider(`http://${host}:8545`, 31_337, options) };
});
const key = HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(WORDS), "m/44'/60'/0'/0/1");
const signer = new Wallet(key.privateKey);

let isEnding = false;
process.on('SIGTERM', () => {
  isEnding = true;
});

let preferred = 0;
let failovers = 0;
let longestMs = 0;
let sent = 0;
const before = BigInt(await ask('eth_getBalance', [TO, 'latest']));
let nonce = Number(await ask('eth_getTransactionCount', [signer.address, 'pending']));
while (!isEnding) {
  const startedMs = performance.now();
  const receipt = await sendAndAwait(nonce++);
  sent += 1;
  longestMs = Math.max(longestMs, performance.now() - startedMs);
  // Any node that has the block knows the balance; one that is behind answers an older one, never one that never was.
  const balance = BigInt(await ask('eth_getBalance', [TO, receipt.blockNumber]));
  if (balance !== before + BigInt(sent))
    fail(`balance ${balance} at ${receipt.blockNumber}, not that of ${sent} transfers`);
  console.log(`final ${sent} in block ${Number(receipt.blockNumber)} through ${HOSTS[preferred]}`);
}
console.log(`${sent} transfers final, ${failovers} times another node, longest ${(longestMs / 1_000).toFixed(1)} s`);
process.exit(0);

/** Sends one transfer until some node has it in a block. */
async function sendAndAwait(ofNonce) {
  const fees = { maxFeePerGas: 100_000_000_000n, maxPriorityFeePerGas: 1_000_000_000n };
  const transaction = { type: 2, chainId: 31_337, to: TO, value: 1n, nonce: ofNonce, gasLimit: 21_000n, ...fees };
  const raw = await signer.signTransaction(transaction);
  const hash = keccak256(raw);
  const end = performance.now() + PATIENCE_MS;
  while (performance.now() < end) {
    // Again each time: the node that took it may have died with it. One that has it says so.
    await ask('eth_sendRawTransaction', [raw]).catch((error) => {
      if (!/already known|nonce too low|nonce has already/i.test(error.message)) throw error;
    });
    for (let look = 0; look < 20; look++) {
      const receipt = await ask('eth_getTransactionReceipt', [hash]);
      if (receipt) return receipt;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  return fail(`transaction ${ofNonce} was not final within ${PATIENCE_MS / 1_000} s`);
}

/** The answer of the preferred node, or of the next one that answers. */
async function ask(method, params) {
  const end = performance.now() + PATIENCE_MS;
  const errors = {};
  while (performance.now() < end) {
    const { host, provider } = providers[preferred];
    try {
      return await inTime(provider.send(method, params));
    } catch (error) {
      if (error.error?.code !== undefined && !/header not found|unknown block/i.test(error.error.message)) throw error;
      errors[host] = error.message;
      preferred = (preferred + 1) % HOSTS.length;
      failovers += 1;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  return fail(`no node answers ${method} within ${PATIENCE_MS / 1_000} s: ${JSON.stringify(errors)}`);
}

function inTime(answer) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), CALL_MS);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

function fail(why) {
  console.error(why);
  process.exit(1);
}
