import { describe, expect, it } from 'vitest';
import type { Rule, SourceTree } from './tidy/rule.ts';
import { RULES } from './tidy/rules.ts';
import { parseSource } from './tidy/source-file.ts';

/** A tree of files given by path below packages/. */
function treeOf(texts: Readonly<Record<string, string>>): SourceTree {
  const files = Object.entries(texts).filter(([path]) => path.endsWith('.ts'));
  const others = Object.entries(texts).filter(([path]) => !path.endsWith('.ts'));
  return {
    files: files.map(([path, text]) => parseSource(`packages/${path}`, text)),
    otherTexts: new Map(others.map(([path, text]) => [`packages/${path}`, text])),
  };
}

/** Where a rule finds something in a tree: `path:line`. */
function places(name: string, texts: Readonly<Record<string, string>>): string[] {
  const rule = RULES[name] as Rule;
  return rule(treeOf(texts)).map(({ path, line }) => `${path.replace('packages/', '')}:${line}`);
}

const lines = (count: number) => 'void 0;\n'.repeat(count);

/** Rule, what breaks it (with the place), what does not. */
const CASES: readonly (readonly [
  string,
  Readonly<Record<string, string>>,
  string[],
  Readonly<Record<string, string>>,
])[] = [
  [
    'import-star',
    {
      'rpc/src/a.ts': "\nimport { x } from '@heddle/p2p';",
      'primitives/src/b.ts': "export * from '@heddle/consensus';",
      'node/src/c.ts': "await import('@heddle/testkit');",
      'p2p/test/d.test.ts': "import '@heddle/executor';",
    },
    ['rpc/src/a.ts:2', 'primitives/src/b.ts:1', 'node/src/c.ts:1', 'p2p/test/d.test.ts:1'],
    {
      'rpc/src/a.ts': "import { x } from '@heddle/primitives';",
      'node/src/c.ts': "import type { X } from '@heddle/p2p';",
      'p2p/test/d.test.ts': "import '@heddle/testkit'; import '@heddle/p2p';",
      'node/test/e.test.ts': "import '@heddle/load';",
    },
  ],
  [
    'relative-imports',
    {
      'rpc/src/a.ts': "import './b';\nimport './index.ts';\nimport '../../p2p/src/c.ts';\nimport './d.js';",
    },
    ['rpc/src/a.ts:1', 'rpc/src/a.ts:2', 'rpc/src/a.ts:3', 'rpc/src/a.ts:4'],
    { 'rpc/src/a.ts': "import './b.ts';", 'rpc/test/a.test.ts': "import '../src/index.ts';" },
  ],
  [
    'no-cycles',
    {
      'rpc/src/a.ts': "import './b.ts';",
      'rpc/src/b.ts': "import type { A } from './c.ts';",
      'rpc/src/c.ts': "export * from './a.ts';",
    },
    ['rpc/src/a.ts:1'],
    { 'rpc/src/a.ts': "import './b.ts';\nimport './c.ts';", 'rpc/src/b.ts': "import './c.ts';", 'rpc/src/c.ts': '' },
  ],
  [
    'no-dead-files',
    {
      'rpc/src/index.ts': "export * from './a.ts';",
      'rpc/src/a.ts': '',
      'rpc/src/dead.ts': "import './a.ts';",
      'rpc/test/a.test.ts': '',
      'rpc/test/builder.ts': '',
    },
    ['rpc/src/dead.ts:1', 'rpc/test/builder.ts:1'],
    {
      'rpc/src/index.ts': "new Worker(new URL('./worker.js', import.meta.url)); start('pool-thread');",
      'rpc/src/worker.ts': "await import('./late.ts');",
      'rpc/src/late.ts': '',
      'rpc/src/pool-thread.ts': '',
      'rpc/src/cli/main.ts': '',
      'rpc/bin/rpc.js': "import '../dist/cli/main.js';",
      'rpc/test/a.test.ts': "import './builder.ts';",
      'rpc/test/builder.ts': '',
    },
  ],
  [
    'no-bare-errors',
    { 'rpc/src/a.ts': "throw new Error('x');\nPromise.reject(new RangeError('y'));" },
    ['rpc/src/a.ts:1', 'rpc/src/a.ts:2'],
    {
      'rpc/src/a.ts': "class E extends Error {}\nthrow new HeddleError('X', 'y');",
      'rpc/test/a.test.ts': "throw new Error('x');",
    },
  ],
  [
    'documented-exports',
    {
      'rpc/src/a.ts':
        '// a note\nexport function f() {}\n/** About something else. */\nconst x = 1;\nexport interface I {}',
    },
    ['rpc/src/a.ts:2', 'rpc/src/a.ts:5'],
    {
      'rpc/src/a.ts':
        "/** All. */\nexport const ALL = ['a'] as const;\nexport type One = (typeof ALL)[number];\nexport { x } from './b.ts';\n" +
        '/** Why. */\n// biome-ignore lint/x: y\nexport function f() {}',
    },
  ],
  [
    'short-functions',
    { 'rpc/src/a.ts': `function f() {\n${lines(70)}}`, 'rpc/src/b.ts': `const g = () => {\n${lines(80)}};` },
    ['rpc/src/a.ts:1', 'rpc/src/b.ts:1'],
    {
      'rpc/src/a.ts': `function f() {\n${lines(68)}}`,
      'rpc/test/a.test.ts': `describe('x', () => {\n${lines(100)}});`,
    },
  ],
  [
    'no-default-exports',
    { 'rpc/src/a.ts': '\nexport default 1;' },
    ['rpc/src/a.ts:2'],
    { 'rpc/src/a.ts': 'export const a = 1;' },
  ],
  [
    'no-double-casts',
    { 'rpc/src/a.ts': 'f(x as unknown as Y);' },
    ['rpc/src/a.ts:1'],
    { 'rpc/src/a.ts': 'f(x as Y);' },
  ],
  [
    'banned-calls',
    {
      'consensus/src/a.ts': 'Date.now();',
      'rpc/src/b.ts': 'Math.random();\nconsole.log();\nprocess.exit(1);',
      'rpc/test/c.test.ts': 'setTimeout(f, 100);',
    },
    ['consensus/src/a.ts:1', 'rpc/src/b.ts:1', 'rpc/src/b.ts:2', 'rpc/src/b.ts:3', 'rpc/test/c.test.ts:1'],
    {
      'rpc/src/a.ts': 'Date.now(); setTimeout(f, 1); clock.setTimeout();',
      'node/src/cli/b.ts': 'console.log(); process.exit(0);',
      'testkit/src/c.ts': 'setTimeout(f, 20);',
    },
  ],
  [
    'pure-rooms',
    { 'consensus/src/a.ts': "import 'node:fs';" },
    ['consensus/src/a.ts:1'],
    { 'rpc/src/a.ts': "import 'node:fs';" },
  ],
  [
    'short-files',
    { 'rpc/src/a.ts': lines(501) },
    ['rpc/src/a.ts:1'],
    { 'rpc/src/a.ts': lines(499), 'rpc/src/b.ts': `// One table: it reads as a whole.\n${lines(600)}` },
  ],
  [
    'file-names',
    {
      'rpc/src/utils.ts': '',
      'rpc/src/pool-manager.ts': '',
      'rpc/src/camelCase.ts': '',
      'rpc/test/test-helpers.ts': '',
    },
    ['rpc/src/utils.ts:1', 'rpc/src/pool-manager.ts:1', 'rpc/src/camelCase.ts:1', 'rpc/test/test-helpers.ts:1'],
    { 'rpc/src/method-table.ts': '', 'rpc/src/methods/eth_getBalance.ts': '', 'rpc/test/a-b.test.ts': '' },
  ],
  ['shallow-folders', { 'rpc/src/a/b/c/d.ts': '' }, ['rpc/src/a/b/c/d.ts:1'], { 'rpc/src/a/b/c.ts': '' }],
  [
    'honest-text',
    { 'rpc/src/a.ts': `// ${'TO'}DO later\nread('/${'work'}/main/x');` },
    ['rpc/src/a.ts:1', 'rpc/src/a.ts:2'],
    { 'rpc/src/a.ts': `// ${'TO'}DO #12: later\nread('./work/x');` },
  ],
];

describe('a rule of the house', () => {
  it.each(CASES)('%s finds what breaks it and nothing else', (name, broken, expected, fine) => {
    expect(places(name, broken)).toEqual(expected);
    expect(places(name, fine)).toEqual([]);
  });

  it('has a test', () => {
    expect(CASES.map(([name]) => name).sort()).toEqual(Object.keys(RULES).sort());
  });
});
