import { parseSync } from 'oxc-parser';

/** A node of the syntax tree (ESTree), as far as rules look at it. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

/** One TypeScript file of the repository, parsed. */
export interface SourceFile {
  /** From the repository's root, with slashes: packages/node/src/index.ts. */
  readonly path: string;
  readonly text: string;
  /** Top-level statements. */
  readonly statements: readonly SyntaxNode[];
  readonly comments: readonly { readonly value: string; readonly start: number; readonly end: number }[];
  /** What it imports or re-exports, statically or not, with the place. */
  readonly imports: readonly { readonly specifier: string; readonly start: number }[];
  /** Literals in `new URL('…', import.meta.url)`: files that a thread or process is started from. */
  readonly urls: readonly string[];
  /** Every node of a type, in order of their place. */
  all(type: string): readonly SyntaxNode[];
  /** The line (from 1) of an offset. */
  lineAt(offset: number): number;
}

/** Parses `text` as the file at `path`. */
export function parseSource(path: string, text: string): SourceFile {
  const { program, comments, module } = parseSync(path, text);
  const byType = new Map<string, SyntaxNode[]>();
  collect(program, byType);
  const all = (type: string) => byType.get(type) ?? [];
  const fromExports = module.staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ moduleRequest, start }) => (moduleRequest ? [{ specifier: moduleRequest.value, start }] : [])),
  );
  const dynamic = module.dynamicImports.map(({ moduleRequest: { start, end } }) => {
    return { specifier: text.slice(start + 1, end - 1), start };
  });
  return {
    path,
    text,
    statements: program.body as unknown as SyntaxNode[],
    comments,
    imports: [
      ...module.staticImports.map(({ moduleRequest, start }) => ({ specifier: moduleRequest.value, start })),
      ...fromExports,
      ...dynamic,
    ],
    urls: all('NewExpression').flatMap((node) => urlOf(node, text)),
    all,
    lineAt: (offset) => text.slice(0, offset).split('\n').length,
  };
}

function collect(value: unknown, byType: Map<string, SyntaxNode[]>): void {
  if (Array.isArray(value)) {
    for (const element of value) collect(element, byType);
  } else if (isNode(value)) {
    const nodes = byType.get(value.type) ?? [];
    nodes.push(value);
    byType.set(value.type, nodes);
    for (const child of Object.values(value)) collect(child, byType);
  }
}

/** Whether `value` is a node of the tree. */
export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

function urlOf(node: SyntaxNode, text: string): string[] {
  const [, literal] = /^new URL\(\s*'([^']+)',\s*import\.meta\.url,?\s*\)/.exec(text.slice(node.start, node.end)) ?? [];
  return literal === undefined ? [] : [literal];
}
