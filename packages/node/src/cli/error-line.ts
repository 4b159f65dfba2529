import { HeddleError } from '@heddle/primitives';

/** How the line begins that ends a command. */
export const ERROR_PREFIX = 'heddle: ';

/**
 * The one line that ends a command: what went wrong, where, and what to do. An unexpected error (a bug) keeps its
 * stack, since only that helps then.
 */
export function errorLine(error: unknown): string {
  if (error instanceof HeddleError) {
    const remedy = error.remedy === undefined ? '' : `; ${error.remedy}`;
    return `${ERROR_PREFIX}${oneLine(error.message)}${oneLine(remedy)}`;
  }
  return `${ERROR_PREFIX}unexpected error, please report it: ${error instanceof Error ? error.stack : String(error)}`;
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ');
}
