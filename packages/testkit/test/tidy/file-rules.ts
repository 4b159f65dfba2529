import { posix } from 'node:path';
import { type Finding, placeOf, type Rule } from './rule.ts';
import type { SourceFile } from './source-file.ts';

const MAX_FILE_LINES = 500;
const BANNED_NAMES = /^(utils?|helpers?|common|misc|types|shared)(\.|$)|-(utils?|helpers?|manager)\.|^manager\./;
const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*(\.(test|bench|generated|d))?$/;
/** One file per method, with the method's wire name. */
const WIRE_NAMES = /^packages\/rpc\/(src|test)\/methods\//;

/** One concept a file: over 500 lines the first line says why. */
export const shortFiles: Rule = ({ files }) =>
  files.flatMap((file) => {
    const lines = file.text.split('\n').length;
    if (lines <= MAX_FILE_LINES || /^(\/\/|\/\*)/.test(file.text)) return [];
    return [finding('short-files', file, 1, `${lines} lines: over ${MAX_FILE_LINES} the first line says why`)];
  });

/** File names are kebab-case and name a concept. */
export const fileNames: Rule = ({ files }) =>
  files.flatMap((file) => {
    const name = posix.basename(file.path);
    if (BANNED_NAMES.test(name)) return [finding('file-names', file, 1, `${name} names no concept: say what is in it`)];
    if (WIRE_NAMES.test(file.path) || KEBAB_CASE.test(name.replace(/\.ts$/, ''))) return [];
    return [finding('file-names', file, 1, `${name}: use kebab-case`)];
  });

/** At most two folders below `src`. */
export const shallowFolders: Rule = ({ files }) =>
  files.flatMap((file) => {
    if (placeOf(file.path).part !== 'src' || file.path.split('/').length <= 6) return [];
    return [finding('shallow-folders', file, 1, 'more than two folders below src')];
  });

/** A TODO names what it waits for; a path of one machine stands nowhere. */
export const honestText: Rule = ({ files }) =>
  files.flatMap((file) =>
    file.text.split('\n').flatMap((line, index): Finding[] => {
      const findings: Finding[] = [];
      const add = (message: string) => findings.push(finding('honest-text', file, index + 1, message));
      if (/\b(TODO|FIXME|XXX)\b(?!.*#\d)/.test(line) && !file.path.includes('/tidy/')) add('do it, or name its issue');
      if (/['"`\s](\/work\/|\/home\/\w+\/|\/root\/)/.test(line) && !file.path.includes('/tidy/'))
        add('a path of one machine');
      return findings;
    }),
  );

function finding(rule: string, file: SourceFile, line: number, message: string): Finding {
  return { rule, path: file.path, line, message };
}
