import { relative } from 'node:path';
import { checksumAddress, secp256k1 } from '@heddle/primitives';
import { DEFAULT_MNEMONIC, DERIVATION_PATH } from '../genesis/prefunded-accounts.ts';
import { inEther } from '../supervisor/chain-flags.ts';
import type { RunningDevnet } from '../supervisor/devnet.ts';
import type { Chain } from '../supervisor/open-chain.ts';

/** Accounts shown; the rest follows from the mnemonic. */
const MAX_SHOWN_ACCOUNTS = 20;

/** What the user reads when the devnet is up. Its form is anvil's, so that what reads anvil's output reads ours. */
export function devnetBanner(
  devnet: RunningDevnet,
  shown: { readonly host: string; readonly startedInMs: number },
): string {
  const { chain, rpcUrls } = devnet;
  const { spec, settings, prefunded, datadir, validators } = chain;
  const listed = prefunded.slice(0, MAX_SHOWN_ACCOUNTS);
  const more = prefunded.length > listed.length ? [`… and ${prefunded.length - listed.length} more`] : [];
  const lines = [
    '',
    ...section(
      'Available Accounts',
      listed
        .map(({ address, balanceWei }, index) => `(${index}) ${checksumAddress(address)} (${fundsOf(balanceWei)})`)
        .concat(more, ...noteOnFunds(chain)),
    ),
    ...section('Private Keys', listed.map(({ privateKey }, index) => `(${index}) ${privateKey}`).concat(more)),
    ...section('Wallet', [
      `Mnemonic:          ${settings.mnemonic}`,
      `Derivation path:   ${DERIVATION_PATH}/`,
      ...(settings.mnemonic === DEFAULT_MNEMONIC
        ? ['Everybody knows these keys: never use them for anything of value.']
        : []),
    ]),
    ...section('Chain ID', [String(spec.chainId)]),
    ...section('Rules', [
      `Gas limit:         ${spec.gasLimit}`,
      spec.base
        ? `Goes on from:      block ${spec.base.number} ${spec.base.hash}, by the rules of ${spec.fork}`
        : `Base fee:          ${spec.initialBaseFee} wei at genesis`,
      `Block time:        ${settings.blockTime} s, ${settings.emptyBlockTime} s while nothing happens`,
      `Timestamps:        ${timestampRule(spec.timestamps)}`,
    ]),
    ...section('Machine', [
      `Workers:           ${devnet.workers} in each validator${devnet.workers === 1 ? ' (nothing runs in parallel; --workers changes it)' : ''}`,
      `secp256k1:         ${secp256k1.name === 'native' ? 'native code' : 'WebAssembly (no native code for this platform)'}`,
    ]),
    ...section(
      'Validators',
      validators.map(
        ({ index, address }) => `(${index}) ${rpcUrls[index] ?? 'down                 '}  ${checksumAddress(address)}`,
      ),
    ),
    ...section('Files', [
      `Data:              ${here(datadir)}${chain.isNew ? ' (a new chain)' : ' (goes on with its chain; --reset begins anew)'}`,
      `Logs:              ${here(devnet.logFiles[0] ?? '').replace('validator-0', 'validator-*')}`,
      `Running devnet:    ${here(datadir)}/devnet.json`,
    ]),
    `Started in ${(shown.startedInMs / 1_000).toFixed(1)} s. Ctrl-C ends it.`,
    `Listening on ${shown.host}:${new URL(rpcUrls.find((url) => url !== undefined) ?? 'http://127.0.0.1:0').port}`,
  ];
  return lines.join('\n');
}

function fundsOf(balanceWei: bigint | undefined): string {
  const ether = inEther(balanceWei);
  return ether === undefined ? 'funds not known' : `${ether} ETH`;
}

/** Whoever goes on with a chain has what it gave them, and nothing else. */
function noteOnFunds({ spec, prefunded }: Chain): string[] {
  if (spec.base === undefined || prefunded.length === 0) return [];
  const count = prefunded.filter(({ balanceWei }) => balanceWei !== 0n).length;
  const which = count === 0 ? 'none of these accounts has' : `${count} of these ${prefunded.length} accounts have`;
  return [`At block ${spec.base.number} ${which} funds; --mnemonic takes the phrase of others.`];
}

/** What a wallet must forget after --reset: it remembers nonces and blocks per chain id. */
export function resetNotice(): string {
  return [
    'heddle: the chain begins anew. Wallets remember the old one: in MetaMask choose Settings > Advanced > Clear activity',
    'heddle: tab data for each account used here, else its next transaction has a nonce that is too high.',
  ].join('\n');
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, '='.repeat(18), ...lines, ''];
}

function timestampRule(rule: 'strict' | 'shared'): string {
  return rule === 'strict' ? 'strict (a block a second at most)' : 'shared (several blocks may have one second)';
}

/** A path as the user would type it. */
function here(path: string): string {
  const short = relative(process.cwd(), path);
  return short !== '' && !short.startsWith('..') ? short : path;
}
