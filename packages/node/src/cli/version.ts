import { createRequire } from 'node:module';

/** Heddle's version, from the manifest of its package. */
export const VERSION: string = createRequire(import.meta.url)('../../package.json').version;
