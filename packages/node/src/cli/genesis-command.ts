import { join } from 'node:path';
import { Command, Option } from 'commander';
import { type NodeFile, writeNodeFile } from '../node-folder/node-file.ts';
import { placeBaseStores } from '../supervisor/base-chain.ts';
import { DEFAULT_MAX_FULL_NODES } from '../supervisor/devnet.ts';
import { writeDevnetFile } from '../supervisor/devnet-file.ts';
import { type Chain, type ChainValidator, openChain } from '../supervisor/open-chain.ts';
import { addChainOptions, type ChainOptionValues, chainFlagsOf } from './chain-options.ts';
import { readPort, readText } from './flag-values.ts';
import { addLogOptions, type LogOptionValues } from './log-options.ts';
import { stagedBar } from './progress-bar.ts';

interface GenesisOptionValues extends ChainOptionValues, LogOptionValues {
  readonly out: string;
  readonly p2pHost: string;
  readonly p2pPort: number;
  readonly rpcHost: string;
  readonly rpcPort: number;
}

/** What stands for a validator's number in a host name. */
const INDEX = '{index}';

/** `heddle genesis`: a chain's genesis.json and one folder per validator, for nodes that run elsewhere. */
export function genesisCommand(): Command {
  const command = new Command('genesis')
    .description("write a chain's genesis.json and its validators' folders, each for heddle node --datadir")
    .addOption(
      new Option('--out <folder>', 'where to write; an existing chain there is kept')
        .default('heddle-chain')
        .argParser(readText),
    )
    .addOption(hostOption('--p2p-host <name>', 'where validators reach one another'))
    .addOption(new Option('--p2p-port <port>', 'of every validator').default(30_303).argParser(readPort))
    .addOption(hostOption('--rpc-host <name>', 'where clients reach a validator'))
    .addOption(new Option('--rpc-port <port>', 'of every validator').default(8_545).argParser(readPort));
  addLogOptions(addChainOptions(command));
  return command.action(async () => writeChain(command.opts<GenesisOptionValues>()));
}

function hostOption(flags: string, description: string): Option {
  return new Option(flags, `${description}; ${INDEX} is its number`).default(`validator-${INDEX}`).argParser(readText);
}

async function writeChain(values: GenesisOptionValues): Promise<void> {
  const chain = await openChain(values.out, chainFlagsOf(values));
  const { spec, settings, validators } = chain;
  if (spec.base && settings.from !== undefined) {
    const bar = stagedBar();
    await placeBaseStores(settings.from, spec.base, { validators, onCopied: (...step) => bar.show(...step) });
    bar.end();
  }
  for (const { index, paths } of validators) writeNodeFile(paths.nodeFile, nodeFileOf(chain, index, values));
  const { instanceId, blockTime, emptyBlockTime } = settings;
  writeDevnetFile(chain.datadir, {
    chainId: spec.chainId,
    instanceId,
    genesis: 'genesis.json',
    blockTime,
    emptyBlockTime,
    pid: null,
    control: null,
    validators: validators.map(({ index, address, paths, peerId }) => ({
      index,
      pid: null,
      address,
      rpcUrl: `http://${named(values.rpcHost, index)}:${values.rpcPort}`,
      p2pAddress: `${p2pAddress(values, index)}/p2p/${peerId}`,
      logFile: paths.logFile,
    })),
  });
  const what = chain.isNew ? 'wrote' : 'kept';
  console.log(
    `heddle: ${what} the chain ${chain.spec.chainId} with ${chain.validators.length} validators in ${chain.datadir}`,
  );
}

function nodeFileOf(chain: Chain, index: number, values: GenesisOptionValues): NodeFile {
  const { instanceId, blockTime, emptyBlockTime } = chain.settings;
  const peerOf = (one: ChainValidator) => {
    return { peerId: one.peerId, multiaddr: p2pAddress(values, one.index), validator: one.address };
  };
  return {
    genesis: join('..', 'genesis.json'),
    instanceId,
    isValidator: true,
    rpc: { host: '0.0.0.0', port: values.rpcPort, vhosts: undefined },
    network: {
      listen: `/ip4/0.0.0.0/tcp/${values.p2pPort}`,
      announce: [p2pAddress(values, index)],
      peers: chain.validators.filter((one) => one.index !== index).map(peerOf),
      maxFullNodes: DEFAULT_MAX_FULL_NODES,
    },
    blockTime,
    emptyBlockTime,
    workers: undefined,
    log: { level: values.logLevel ?? 'info', format: values.logFormat ?? 'json', toFile: false },
    heldKeys: chain.prefunded.map(({ privateKey }) => privateKey),
  };
}

/** A multiaddr of the host: an IPv4 address as such, anything else as a name to look up. */
function p2pAddress({ p2pHost, p2pPort }: GenesisOptionValues, index: number): string {
  const host = named(p2pHost, index);
  const kind = /^\d+\.\d+\.\d+\.\d+$/.test(host) ? 'ip4' : 'dns4';
  return `/${kind}/${host}/tcp/${p2pPort}`;
}

function named(host: string, index: number): string {
  return host.replaceAll(INDEX, String(index));
}
