import { HeddleError } from '@heddle/primitives';

/**
 * The one line that ends a command: what went wrong, where, and what to do. An unexpected error (a bug) keeps its
 * stack, since only that helps then.
 */
export function errorLine(error: unknown): string {
  if (error instanceof HeddleError) {
    const remedy = error.remedy === undefined ? '' : `; ${error.remedy}`;
    return `heddle: ${oneLine(error.message)}${oneLine(remedy)}`;
  }
  return `heddle: unexpected error, please report it: ${error instanceof Error ? error.stack : String(error)}`;
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ');
}
