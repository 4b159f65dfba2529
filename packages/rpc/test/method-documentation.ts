import type { Method } from '../src/method.ts';
import type { MethodTest } from './method-test.ts';

/** `docs/rpc-methods.md`: for each method what it takes and answers, and the test that shows it. */
export function documentation(methods: ReadonlyMap<string, Method>, tests: ReadonlyMap<string, MethodTest>): string {
  const rows = [...methods.values()].map((method) => row(method, tests.get(method.name)));
  return [
    '# JSON-RPC methods',
    '',
    'Generated from the method table; a test fails when this file is out of date (`npx vitest run packages/rpc -u`).',
    'A `?` marks an optional parameter. Errors carry the codes and texts of geth.',
    '',
    '| Method | Parameters | Answer | What it does | Its test |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function row(method: Method, test: MethodTest | undefined): string {
  const params = method.params.map(({ name, description, isOptional }) => {
    return `\`${name}${isOptional ? '?' : ''}\`: ${description}`;
  });
  const link = `[${test?.result.title ?? 'none'}](../packages/rpc/test/methods/${method.name}.ts)`;
  const cells = [`\`${method.name}\``, params.join('; ') || 'none', method.result, method.summary, link];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
