import { GROUP_TITLES, LIMITS } from '../../src/limits/limit-list.ts';
import { limitForm, limitText } from '../../src/limits/limit-text.ts';

/** `docs/limits.md`: every limit, its default, its range and what it bounds. */
export function limitsDocumentation(): string {
  const sections = Object.entries(GROUP_TITLES).map(([group, title]) => {
    const rows = [...LIMITS]
      .filter(([name]) => name.startsWith(`${group}.`))
      .map(([name, one]) => {
        return `| \`${name}\` | ${limitText(one, one.value)} | ${limitForm(name)} | ${one.summary.replaceAll('|', '\\|')} |`;
      });
    return [
      `## ${group}: ${title}`,
      '',
      '| limit | default | may be | what it bounds |',
      '|---|---|---|---|',
      ...rows,
    ].join('\n');
  });
  return `${[INTRODUCTION, ...sections].join('\n\n')}\n`;
}

const INTRODUCTION = `# Limits

Every bound of a node that meets the outside, generated from the code (\`heddle limits\` prints the same list). Change one
with \`--limit\`, which \`heddle node\` and \`heddle devnet\` take as often as needed, or for good in the node's
\`node.json\`:

\`\`\`
heddle devnet --limit rpc.body=8MiB --limit query.gas=100000000
"limits": { "rpc.body": "8MiB", "query.gas": "100000000" }
\`\`\`

A flag goes before the file. Sizes take B, KiB, MiB, GiB (powers of 1,024) and kB, MB, GB; times take ms, s, min, h;
a number alone counts bytes or milliseconds. A name that does not exist, a value outside its range, and a limit that
contradicts another one are refused at the start.

The defaults are geth's where geth has a limit. Numbers after a colon are what a client gets: JSON-RPC error codes and
HTTP status. Negative numbers at \`p2p\` are penalty points: see \`p2p.cut-off-score\`. The nodes of one chain must agree
on the sizes of \`p2p\` messages, so change these on all of them.`;
