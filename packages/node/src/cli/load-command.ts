import { Command } from 'commander';

/** `heddle load`: hands everything to the load generator, which has a help of its own. Resolves with the exit code. */
export function loadCommand(onExit: (code: number) => void): Command {
  const command = new Command('load')
    .description('send transactions to a running chain and report throughput and latency')
    .argument('[flags...]', 'see heddle load --help')
    .allowUnknownOption()
    .helpOption(false);
  return command.action(async (flags: string[]) => {
    const { runLoadCommand } = await import('@heddle/load'); // with its client library; no node of a devnet needs either
    onExit(await runLoadCommand(flags));
  });
}
