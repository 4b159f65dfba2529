import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..', '..');

interface Link {
  readonly line: number;
  readonly text: string;
  /** As written, relative to the page; empty: this page. */
  readonly path: string;
  /** After `#`: a heading, or `L<line>` of a source file. */
  readonly place: string | undefined;
}

describe('the documentation', () => {
  const pages = documentationPages();

  it('is there', () => {
    expect(pages.length).toBeGreaterThan(15);
  });

  it.each(pages)('%s links to what exists', (page) => {
    const faults = linksOf(read(page)).flatMap((link) => {
      const fault = faultOf(page, link);
      return fault === undefined ? [] : [`${page}:${link.line} [${link.text}](${link.path}): ${fault}`];
    });
    expect(faults).toEqual([]);
  });
});

describe('the check of links', () => {
  const faultsIn = (markdown: string) => linksOf(markdown).map((link) => faultOf('docs/example.md', link));

  it('finds a file that is not there', () => {
    expect(faultsIn('[a](../README.md) [b](missing.md)')).toEqual([undefined, 'there is no such file']);
  });

  it('finds a heading that is not there', () => {
    expect(faultsIn('[a](../README.md#start) [b](../README.md#stop)')).toEqual([undefined, 'no heading is #stop']);
  });

  it('finds a name that a source file does not have', () => {
    const file = '../packages/testkit/src/wait-for.ts';
    expect(faultsIn(`[\`waitFor\`](${file}) [\`waitNot\`](${file})`)).toEqual([undefined, '`waitNot` is not in it']);
  });

  it('finds code that does not stand on the line', () => {
    const file = '../packages/testkit/test/docs-links.test.ts';
    expect(faultsIn(`[\`node:fs\`](${file}#L1) [\`node:fs\`](${file}#L2)`)).toEqual([
      undefined,
      '`node:fs` is not on line 2',
    ]);
  });

  it('leaves code blocks and other sites alone', () => {
    expect(faultsIn('[a](https://example.org)\n```\n[b](missing.md)\n```\n')).toEqual([]);
  });
});

/** README and other pages at the root, docs/, and the README of each package. */
function documentationPages(): string[] {
  const packages = readdirSync(join(ROOT, 'packages')).map((name) => `packages/${name}/README.md`);
  const docs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) => `docs/${name}`);
  return ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...docs, ...packages]
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.md'))
    .sort();
}

function linksOf(markdown: string): Link[] {
  const links: Link[] = [];
  let isCode = false;
  for (const [index, line] of markdown.split('\n').entries()) {
    if (line.startsWith('```')) isCode = !isCode;
    if (isCode) continue;
    for (const [, text = '', target = ''] of line.matchAll(/\[([^\]]+)\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [path = '', place] = target.split('#');
      links.push({ line: index + 1, text, path, place });
    }
  }
  return links;
}

/** What is wrong with `link` on `page`; undefined when nothing is. */
function faultOf(page: string, { text, path, place }: Link): string | undefined {
  const target = path === '' ? page : relative(ROOT, join(ROOT, dirname(page), path));
  if (target.startsWith('..')) return 'it leaves the repository';
  if (!existsSync(join(ROOT, target))) return 'there is no such file';
  if (target.endsWith('.md')) {
    return place === undefined || headingsOf(read(target)).has(place) ? undefined : `no heading is #${place}`;
  }
  const code = /^`([^`]+)`$/.exec(text)?.[1];
  if (code === undefined || !/\.m?[jt]s$/.test(target) || code.endsWith('.ts')) return undefined;
  const line = /^L(\d+)$/.exec(place ?? '')?.[1];
  if (line === undefined) return read(target).includes(code) ? undefined : `\`${code}\` is not in it`;
  return read(target).split('\n')[Number(line) - 1]?.includes(code) ? undefined : `\`${code}\` is not on line ${line}`;
}

/** GitHub's anchors of a page's headings. */
function headingsOf(markdown: string): Set<string> {
  const headings = markdown.matchAll(/^#+ (.*)$/gm);
  return new Set([...headings].map(([, heading = '']) => anchorOf(heading)));
}

function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}
