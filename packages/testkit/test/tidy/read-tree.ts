import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SourceTree } from './rule.ts';
import { parseSource, type SourceFile } from './source-file.ts';

/** Folders without anything that people wrote in TypeScript. */
const SKIPPED = new Set(['node_modules', 'dist', 'build', 'assembly', 'contracts', 'coverage', 'artifacts', 'cache']);

/** The repository below `root`, parsed. Generated files are not looked at. */
export function readTree(root: string): SourceTree {
  const files: SourceFile[] = [];
  const otherTexts = new Map<string, string>();
  for (const folder of ['packages', 'scripts', 'docker']) {
    for (const path of filesBelow(root, folder)) {
      if (/\.generated\.ts$/.test(path)) continue;
      if (path.endsWith('.ts')) files.push(parseSource(path, readFileSync(join(root, path), 'utf8')));
      else if (/\.(m?js|json|ya?ml)$/.test(path)) otherTexts.set(path, readFileSync(join(root, path), 'utf8'));
    }
  }
  otherTexts.set('package.json', readFileSync(join(root, 'package.json'), 'utf8'));
  return { files, otherTexts };
}

function filesBelow(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : filesBelow(root, path);
    return entry.isFile() ? [path] : [];
  });
}
