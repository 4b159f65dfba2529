import type { CreateEngine } from '../../src/engine.ts';
import { namedEngine } from '../../src/engines/named-engine.ts';

/** Every engine that stands behind the port, for suites that all of them must pass. */
export const ENGINES: readonly { readonly name: string; readonly createEngine: CreateEngine }[] = [
  { name: 'ethereumjs', createEngine: namedEngine('ethereumjs') },
  { name: 'wasm', createEngine: namedEngine('wasm') },
];
