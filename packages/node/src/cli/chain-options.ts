import { type Command, Option } from 'commander';
import { type ChainFlags, DEFAULT_BLOCK_TIME, DEFAULT_EMPTY_BLOCK_TIME } from '../supervisor/chain-flags.ts';
import { flagInvalid } from './cli-errors.ts';
import {
  readAccountCount,
  readChainId,
  readElasticity,
  readEther,
  readGasLimit,
  readSeconds,
  readText,
  readValidatorCount,
} from './flag-values.ts';

/** The flags that make a chain, as commander hands them over: absent where the user gave none. */
export interface ChainOptionValues {
  readonly validators?: number;
  readonly chainId?: number;
  readonly mnemonic?: string;
  readonly accounts?: number;
  readonly balance?: bigint;
  readonly gasLimit?: bigint;
  readonly elasticity?: number;
  readonly seed?: string;
  readonly predeploys?: 'all' | 'none';
  readonly genesis?: string;
  readonly from?: string;
  readonly blockTime?: number;
  readonly emptyBlockTime?: number;
}

/** What is of no use where a chain goes on. */
const FIXED_BY_BASE = ['genesis', 'balance', 'predeploys'] as const;

/**
 * Adds the flags that make a chain. They have no default for commander, since only a flag that was given can
 * contradict an existing chain; the help shows the default all the same.
 */
export function addChainOptions(command: Command): Command {
  const add = (flags: string, description: string, read: (text: string) => unknown) =>
    command.addOption(new Option(flags, description).argParser(read));
  add('--validators <count>', 'validators of a new chain (default: 4)', readValidatorCount);
  add('--chain-id <id>', 'chain id of a new chain (default: 31337)', readChainId);
  add('-m, --mnemonic <words>', 'phrase of the prefunded accounts (default: "test test … junk")', readText);
  add('-a, --accounts <count>', 'prefunded accounts (default: 10)', readAccountCount);
  add('--balance <ether>', 'of each prefunded account (default: 10000)', readEther);
  add('--gas-limit <gas>', 'of every block (default: 30000000)', readGasLimit);
  add('--elasticity <number>', 'EIP-1559: gas limit / gas target; 1 keeps the base fee (default: 2)', readElasticity);
  add('--seed <text>', 'fixes keys, peer ids and the genesis hash (default: random)', readText);
  command.addOption(
    new Option('--predeploys <which>', 'CREATE2 deployer and Multicall3 (default: all)').choices(['all', 'none']),
  );
  add('--genesis <file>', "a geth-style genesis.json: its alloc and rules, with the flags' accounts added", readText);
  add('--from <folder>', 'go on from the chain that heddle import made there', readText);
  const blockTime = `seconds between blocks, at least; under 1: shared timestamps (default: ${DEFAULT_BLOCK_TIME})`;
  add('-b, --block-time <seconds>', blockTime, readSeconds);
  const emptyBlockTime = `seconds between empty blocks on a quiet chain (default: ${DEFAULT_EMPTY_BLOCK_TIME})`;
  return add('--empty-block-time <seconds>', emptyBlockTime, readSeconds);
}

/**
 * What the user said about the chain.
 *
 * @throws HeddleError `FLAG_INVALID`
 */
export function chainFlagsOf(values: ChainOptionValues): ChainFlags {
  const { blockTime, emptyBlockTime } = values;
  if (emptyBlockTime !== undefined && emptyBlockTime < (blockTime ?? 0)) {
    const message = `--empty-block-time ${emptyBlockTime} is below --block-time ${blockTime}`;
    throw flagInvalid(message, 'give at least the block time');
  }
  const fixed = FIXED_BY_BASE.find((name) => values[name] !== undefined);
  if (values.from !== undefined && fixed !== undefined) {
    const message = `--${fixed} says what a chain begins with, but --from has it go on`;
    throw flagInvalid(message, `leave out --${fixed}`);
  }
  return {
    validators: values.validators,
    chainId: values.chainId,
    mnemonic: values.mnemonic?.trim().split(/\s+/).join(' '),
    accounts: values.accounts,
    balanceWei: values.balance,
    gasLimit: values.gasLimit,
    elasticity: values.elasticity,
    seed: values.seed,
    predeploys: values.predeploys,
    genesis: values.genesis,
    from: values.from,
    blockTime,
    emptyBlockTime,
  };
}
