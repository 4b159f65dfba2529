// Trades with constant-product pools, each through a router: the calls, reads and writes of Uniswap V2.
import { ETHER } from '@heddle/testkit';
import { benchToken, tokenTransfers } from './tokens.mjs';
import { transfersBetween } from './transfers.mjs';
import { block, calldata, contract, contractAddress, funded, keyAccounts, signed, wordHash } from './workload.mjs';

const GAS = 250_000n;
/** Tokens of either kind in each pool. */
const RESERVE = 10n ** 24n;
const CLUSTERS = 10;
const FIRST_WRITTEN = 1_700_000_000n;

/** Every trader has a pool of its own. */
export function ownPools(count) {
  return trades('uniswap-own-pools', count, count);
}

/** Trades with ten pools in turns. */
export function clusteredPools(count) {
  return trades('uniswap-ten-clusters', count, Math.min(CLUSTERS, count));
}

/** All trade with one pool. */
export function hotPool(count) {
  return trades('uniswap-one-pool', count, 1);
}

/** Of ten transactions six are transfers, two pay tokens, two trade with one of ten pools; all senders differ. */
export function mix(count) {
  const senders = keyAccounts('sender', count);
  const recipients = keyAccounts('recipient', count);
  const isTrade = (index) => index % 10 >= 8;
  const transactions = senders.map((sender, index) => {
    if (isTrade(index)) return trade(sender, index, index % CLUSTERS);
    const make = index % 10 >= 6 ? tokenTransfers : transfersBetween;
    return make([sender], [recipients[index]])[0];
  });
  const ether = [...senders, ...recipients].map((account) => funded(account, ETHER));
  const others = poolAccounts(senders, CLUSTERS, recipients);
  return block('mix-60-20-20', { alloc: [...ether, ...others], transactions });
}

function trades(name, count, poolCount) {
  const traders = keyAccounts('sender', count);
  return block(name, {
    alloc: [...traders.map((account) => funded(account, ETHER)), ...poolAccounts(traders, poolCount)],
    transactions: traders.map((trader, index) => trade(trader, index, index % poolCount)),
  });
}

/** Every second trade goes the other way. */
function trade(trader, index, pool) {
  const signature = 'swap(address,uint256,uint256,bool)';
  const data = calldata(signature, contractAddress('pool', pool), 10n ** 18n, 0n, index % 2);
  return signed(trader, { to: contractAddress('router'), value: 0n, gasLimit: GAS, data });
}

/** Both tokens, held by traders and pools, the pools and their router. */
function poolAccounts(traders, count, otherHolders = []) {
  const router = contractAddress('router');
  const pools = Array.from({ length: count }, (_, index) => contractAddress('pool', index));
  const spenders = traders.map(({ address }) => [address, router]);
  const balances = pools.map((address) => [address, RESERVE]);
  const tokens = [0, 1].map((index) => benchToken([...traders, ...otherHolders], { index, spenders, balances }));
  return [
    ...tokens,
    contract(router, 'BenchRouter'),
    ...pools.map((address) => contract(address, 'BenchPool', poolStorage(tokens))),
  ];
}

/** As contracts/BenchPool.sol lays it out. */
function poolStorage([token0, token1]) {
  const reserves = (FIRST_WRITTEN << 224n) | (RESERVE << 112n) | RESERVE;
  const words = [token0.address, token1.address, reserves, undefined, undefined, 1n];
  return new Map(words.flatMap((value, slot) => (value === undefined ? [] : [[wordHash(slot), wordHash(value)]])));
}
