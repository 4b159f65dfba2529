import { Argument, Command } from 'commander';
import { askDevnet } from '../control/control-client.ts';
import { FAULT_COMMANDS, type FaultCommand } from '../faults/fault-commands.ts';
import { faultText } from '../faults/fault-text.ts';
import type { DevnetStatus } from '../supervisor/devnet-status.ts';
import { addDatadirOption, datadirOf } from './datadir-option.ts';

const EXAMPLES = `
Examples:
  heddle fault partition 0,1/2,3      two halves: no blocks until heddle fault heal
  heddle fault kill 2                 down until heddle fault restart 2
  heddle fault stop 2 20s             silent for 20 seconds
  heddle fault delay 0-1 200ms 40ms   200 ms give or take 40, both directions
  heddle fault loss "0>1" 30%         quotes, or the shell takes > for itself
  heddle fault byzantine 3 equivocate`;

/** `heddle fault`: breaks a running devnet on purpose, and mends it. */
export function faultCommand(): Command {
  const command = new Command('fault')
    .description('break a running devnet on purpose: network, processes, clocks, disks; and heal it')
    .addHelpText('after', EXAMPLES);
  for (const [name, fault] of Object.entries(FAULT_COMMANDS)) command.addCommand(oneFault(name, fault));
  return command.addCommand(faultStatus());
}

function oneFault(name: string, { summary, params }: FaultCommand): Command {
  const command = new Command(name).description(summary);
  for (const { name: word, help, isOptional } of params) {
    command.addArgument(new Argument(isOptional ? `[${word}]` : `<${word}>`, help));
  }
  // `-5s` and `-1%` are clocks, not flags.
  if (name === 'clock') command.allowUnknownOption();
  return addDatadirOption(command).action(async () => {
    const given = params.flatMap(({ name: word }, place) => {
      const text = command.processedArgs[place] as string | undefined;
      return text === undefined ? [] : [[word, text] as const];
    });
    const said = await askDevnet(datadirOf(command), { command: name, params: Object.fromEntries(given) });
    console.log(`heddle: ${said}`);
  });
}

function faultStatus(): Command {
  const command = new Command('status').description('what is wrong on purpose now').option('--json', 'for programs');
  return addDatadirOption(command).action(async () => {
    const status = (await askDevnet(datadirOf(command), { command: 'status', params: {} })) as DevnetStatus;
    if (command.opts<{ json?: true }>().json) console.log(JSON.stringify({ faults: status.faults }, undefined, 2));
    else if (status.faults.length === 0) console.log('heddle: no faults');
    else for (const fault of status.faults) console.log(faultText(fault));
  });
}
