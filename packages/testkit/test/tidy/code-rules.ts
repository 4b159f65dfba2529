import { type Finding, findingAt, placeOf, type Rule, sourcesOf } from './rule.ts';
import { isNode, type SourceFile, type SyntaxNode } from './source-file.ts';

const MAX_FUNCTION_LINES = 70;
const BARE_ERRORS = ['Error', 'TypeError', 'RangeError', 'SyntaxError', 'AggregateError'];

/** No bare `Error` where a user or a peer can meet it: HeddleError with code and remedy, or assert for a bug. */
export const noBareErrors: Rule = (tree) =>
  sourcesOf(tree).flatMap((file) =>
    file.all('NewExpression').flatMap((node) => {
      const name = isNode(node.callee) ? node.callee.name : undefined;
      if (typeof name !== 'string' || !BARE_ERRORS.includes(name)) return [];
      const message = `new ${name}: use a HeddleError with code and remedy, or assert for what cannot be`;
      return [findingAt('no-bare-errors', file, node.start, message)];
    }),
  );

/** Every export says why it is there. A type that only names the values of a documented constant needs no words. */
export const documentedExports: Rule = (tree) =>
  sourcesOf(tree).flatMap((file) =>
    file.statements.flatMap((statement) => {
      if (statement.type !== 'ExportNamedDeclaration' || !isNode(statement.declaration)) return [];
      if (isDocumented(file, statement.start) || isTypeOfConstant(statement.declaration)) return [];
      const name = nameOf(statement.declaration);
      return [findingAt('documented-exports', file, statement.start, `${name}: say in a docstring why it is there`)];
    }),
  );

function isDocumented(file: SourceFile, start: number): boolean {
  return file.comments.some(({ value, end }) => {
    if (!value.startsWith('*')) return false;
    const between = file.text.slice(end, start);
    // A note to the linter may stand between; an overload's docstring counts for all of its signatures.
    return end <= start && /^\s*(\/\/ biome-ignore[^\n]*\s*)?$/.test(between);
  });
}

function isTypeOfConstant(declaration: SyntaxNode): boolean {
  if (declaration.type !== 'TSTypeAliasDeclaration' || !isNode(declaration.typeAnnotation)) return false;
  const { type, objectType } = declaration.typeAnnotation;
  return type === 'TSIndexedAccessType' && isNode(objectType) && objectType.type.startsWith('TSTypeQuery')
    ? true
    : type === 'TSIndexedAccessType' && isNode(objectType) && objectType.type === 'TSParenthesizedType';
}

function nameOf(declaration: SyntaxNode): string {
  if (isNode(declaration.id)) return String(declaration.id.name);
  const [first] = Array.isArray(declaration.declarations) ? declaration.declarations : [];
  return isNode(first) && isNode(first.id) ? String(first.id.name) : 'an export';
}

/** A function fits on a screen. */
export const shortFunctions: Rule = (tree) =>
  sourcesOf(tree).flatMap((file) => {
    const types = ['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'];
    return types
      .flatMap((type) => file.all(type))
      .flatMap((node) => {
        const lines = file.lineAt(node.end) - file.lineAt(node.start) + 1;
        if (lines <= MAX_FUNCTION_LINES) return [];
        return [
          findingAt(
            'short-functions',
            file,
            node.start,
            `${lines} lines: at most ${MAX_FUNCTION_LINES}, take it apart`,
          ),
        ];
      });
  });

/** No default export: a thing has one name everywhere. Configuration files of tools are outside `packages/`. */
export const noDefaultExports: Rule = ({ files }) =>
  files.flatMap((file) =>
    file
      .all('ExportDefaultDeclaration')
      .map(({ start }) => findingAt('no-default-exports', file, start, 'export a name')),
  );

/** `x as unknown as T` says that the types are wrong somewhere else. */
export const noDoubleCasts: Rule = (tree) =>
  sourcesOf(tree).flatMap((file) =>
    file.all('TSAsExpression').flatMap((node): Finding[] => {
      const isDouble = isNode(node.expression) && node.expression.type === 'TSAsExpression';
      return isDouble
        ? [findingAt('no-double-casts', file, node.start, 'a double cast: correct the type instead')]
        : [];
    }),
  );

/** A call that has a better one here, and where it is allowed. */
interface BannedCall {
  readonly pattern: RegExp;
  readonly instead: string;
  isBanned(path: string): boolean;
}

const isPureRoom = (path: string) => /^packages\/(consensus|primitives)\/src\//.test(path);
const isTest = (path: string) => /^(test|test-ci)$/.test(placeOf(path).part);
const BANNED_CALLS: readonly BannedCall[] = [
  {
    pattern: /^(Date\.now|Math\.random|setTimeout|setInterval|performance\.now|process\.\w+)$/,
    instead: 'the room is pure: time, chance and process come in as inputs',
    isBanned: isPureRoom,
  },
  {
    pattern: /^Math\.random$/,
    instead: 'createRandom(seedFromEnvironment(…)) of the testkit in tests; node:crypto where chance matters',
    isBanned: () => true,
  },
  {
    pattern: /^console\.\w+$/,
    instead: 'the logger: only commands speak to people',
    isBanned: (path) =>
      placeOf(path).part === 'src' && !/^packages\/(node\/src\/cli|load\/src|testkit\/src)\//.test(path),
  },
  {
    pattern: /^process\.exit$/,
    instead: 'throw: only a command ends the process',
    isBanned: (path) => placeOf(path).part === 'src' && !/^packages\/(node\/src\/cli|load\/src)\//.test(path),
  },
  {
    pattern: /^(setTimeout|sleep|delay)$/,
    instead: 'waitFor of the testkit: tests wait for conditions, never for a time',
    isBanned: (path) => isTest(path) && path.endsWith('.test.ts'),
  },
];

/** Calls that are banned, with the one to use instead. */
export const bannedCalls: Rule = ({ files }) =>
  files.flatMap((file) =>
    file.all('CallExpression').flatMap((node): Finding[] => {
      const callee = isNode(node.callee) ? file.text.slice(node.callee.start, node.callee.end) : '';
      const banned = BANNED_CALLS.find(({ pattern, isBanned }) => pattern.test(callee) && isBanned(file.path));
      return banned ? [findingAt('banned-calls', file, node.start, `${callee}: ${banned.instead}`)] : [];
    }),
  );

/** Modules of Node that a pure room must not touch. */
export const pureRooms: Rule = (tree) =>
  sourcesOf(tree)
    .filter(({ path }) => placeOf(path).room === 'consensus')
    .flatMap((file) =>
      file.imports.flatMap(({ specifier, start }) => {
        if (!specifier.startsWith('node:')) return [];
        return [findingAt('pure-rooms', file, start, `${specifier}: consensus is a pure function`)];
      }),
    );
