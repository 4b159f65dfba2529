import type { SourceFile } from './source-file.ts';

/** Something that is not as STYLE says. */
export interface Finding {
  readonly rule: string;
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** What is wrong and what to do instead. */
  readonly message: string;
}

/** What rules look at: every TypeScript file of the packages, and names of other files that start or mention them. */
export interface SourceTree {
  readonly files: readonly SourceFile[];
  /** Files outside the TypeScript sources that may start one (bin scripts, manifests, fixtures), by path. */
  readonly otherTexts: ReadonlyMap<string, string>;
}

/** A rule of the house: what in the tree breaks it. */
export type Rule = (tree: SourceTree) => Finding[];

/** Which room and part of it a path lies in. */
export interface Place {
  /** `node` of packages/node/…. */
  readonly room: string;
  readonly part: 'src' | 'test' | 'test-ci' | 'bench' | 'other';
}

/** The place of a path below packages/. */
export function placeOf(path: string): Place {
  const [, room = '', part = ''] = path.split('/');
  const parts = ['src', 'test', 'test-ci', 'bench'] as const;
  return { room, part: parts.find((known) => known === part) ?? 'other' };
}

/** A finding at an offset of a file. */
export function findingAt(rule: string, file: SourceFile, offset: number, message: string): Finding {
  return { rule, path: file.path, line: file.lineAt(offset), message };
}

/** The files of `src` folders. */
export function sourcesOf(tree: SourceTree): SourceFile[] {
  return tree.files.filter(({ path }) => placeOf(path).part === 'src');
}
