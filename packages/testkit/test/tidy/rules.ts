import {
  bannedCalls,
  documentedExports,
  noBareErrors,
  noDefaultExports,
  noDoubleCasts,
  pureRooms,
  shortFunctions,
} from './code-rules.ts';
import { fileNames, honestText, shallowFolders, shortFiles } from './file-rules.ts';
import { importStar, noCycles, noDeadFiles, relativeImports } from './import-rules.ts';
import type { Rule } from './rule.ts';

/** The rules of the house, by name. Each has a test of its own (tidy-rules.test.ts). */
export const RULES: Readonly<Record<string, Rule>> = {
  'import-star': importStar,
  'relative-imports': relativeImports,
  'no-cycles': noCycles,
  'no-dead-files': noDeadFiles,
  'no-bare-errors': noBareErrors,
  'documented-exports': documentedExports,
  'short-functions': shortFunctions,
  'no-default-exports': noDefaultExports,
  'no-double-casts': noDoubleCasts,
  'banned-calls': bannedCalls,
  'pure-rooms': pureRooms,
  'short-files': shortFiles,
  'file-names': fileNames,
  'shallow-folders': shallowFolders,
  'honest-text': honestText,
};
