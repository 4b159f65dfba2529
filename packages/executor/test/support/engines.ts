import type { CreateEngine } from '../../src/engine.ts';
import { createEthereumjsEngine } from '../../src/engines/ethereumjs/create-engine.ts';
import { createWasmEngine } from '../../src/engines/wasm/create-engine.ts';

/** Every engine that stands behind the port, for suites that all of them must pass. */
export const ENGINES: readonly { readonly name: string; readonly createEngine: CreateEngine }[] = [
  { name: 'ethereumjs', createEngine: createEthereumjsEngine },
  { name: 'wasm', createEngine: createWasmEngine },
];
