import { DEFAULT_ENGINE, decodeHeader, type EngineName, type ExecutionRules, ZERO_HASH } from '@heddle/primitives';
import { Command, Option } from 'commander';
import { readBlockHash } from '../chain/block-records.ts';
import type { ChainStore } from '../chain/chain-store.ts';
import { checkGenesisBlock } from '../chain/open-chain-store.ts';
import { DEFAULT_HOST, DEFAULT_RPC_PORT } from '../config.ts';
import { type ChainConfig, executionRulesAt } from '../foreign/chain-config.ts';
import { forkedBlocks, partAt, readChainGenesis } from '../import/chain-genesis.ts';
import { type LimitTexts, nodeLimitsOf } from '../limits/node-limits.ts';
import { engineOption } from './engine-option.ts';
import { readNames, readPort, readText } from './flag-values.ts';
import { openHostWarning } from './host-warning.ts';
import { addLimitOption } from './limit-option.ts';
import { addStoreOption, type StoredChain, withStoredChain } from './stored-chain.ts';

interface ServeOptionValues {
  readonly datadir: string;
  readonly host: string;
  readonly port: number;
  readonly vhosts?: string[];
  readonly engine?: EngineName;
  readonly limit?: LimitTexts;
}

/** `heddle serve`: RPC over a stored chain, without validators. */
export function serveCommand(): Command {
  const command = new Command('serve').description('answer RPC over a stored chain that no node runs, until Ctrl-C');
  addStoreOption(command)
    .addOption(new Option('--host <address>', 'where RPC is served').default(DEFAULT_HOST).argParser(readText))
    .addOption(new Option('-p, --port <port>', 'RPC port; 0: a free one').default(DEFAULT_RPC_PORT).argParser(readPort))
    .addOption(
      new Option('--vhosts <names>', 'host names to serve (default: all unless on loopback)').argParser(readNames),
    )
    .addOption(engineOption());
  return addLimitOption(command).action(async () => {
    const values = command.opts<ServeOptionValues>();
    await withStoredChain(values.datadir, (chain) => serve(chain, values));
  });
}

async function serve(
  { folder, store, askedToEnd }: StoredChain,
  { host, port, vhosts, engine = DEFAULT_ENGINE, limit }: ServeOptionValues,
): Promise<void> {
  const say = (line: string) => console.error(`heddle: ${line}`);
  const rpc = { host, port, vhosts };
  const { serveChain } = await import('../serve-chain.ts'); // with a node's libraries
  const genesis = readChainGenesis(folder.genesis);
  checkGenesisBlock(folder.database, store, genesis);
  const { config, spec } = partAt(genesis.parts, store.head.number);
  const forks = forkedBlocks(genesis);
  const served = await serveChain(
    {
      databasePath: folder.database,
      rules: rulesAtHead(store, config),
      engine,
      ...(forks && { forks }),
      feeRules: config,
      validators: spec?.validators ?? [],
      instanceId: readBlockHash(store.database, 0) ?? ZERO_HASH,
      rpc,
      limits: nodeLimitsOf(limit ?? {}),
    },
    say,
  );
  const warning = openHostWarning(rpc);
  if (warning) say(warning);
  say(`at block ${store.head.number} ${store.head.hash}`);
  say(`RPC at ${served.url}`);
  try {
    await Promise.race([askedToEnd.promise, served.failed]);
  } finally {
    await served.stop();
  }
}

function rulesAtHead({ head }: ChainStore, config: ChainConfig): ExecutionRules {
  const { number, timestamp, difficulty } = decodeHeader(head.header);
  return executionRulesAt(config, { number, timestamp, isMerged: difficulty === 0n });
}
