import { Command } from 'commander';
import { GROUP_TITLES, LIMITS } from '../limits/limit-list.ts';
import { limitText } from '../limits/limit-text.ts';

/** `heddle limits`: what every limit is called, its default and what it bounds. */
export function limitsCommand(): Command {
  return new Command('limits')
    .description('list all limits of a node, for --limit and the field "limits" of node.json')
    .action(() => console.log(limitsText()));
}

function limitsText(): string {
  const rows = [...LIMITS].map(([name, one]) => ({ name, value: limitText(one, one.value), summary: one.summary }));
  const nameWidth = Math.max(...rows.map(({ name }) => name.length));
  const valueWidth = Math.max(...rows.map(({ value }) => value.length));
  return Object.entries(GROUP_TITLES)
    .map(([group, title]) => {
      const own = rows.filter(({ name }) => name.startsWith(`${group}.`));
      const lines = own.map((row) => {
        return `  ${row.name.padEnd(nameWidth)}  ${row.value.padStart(valueWidth)}  ${row.summary}`;
      });
      return [`${group}: ${title}`, ...lines].join('\n');
    })
    .join('\n\n');
}
