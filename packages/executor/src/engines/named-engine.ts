import { type EngineName, isActive } from '@heddle/primitives';
import type { CreateEngine } from '../engine.ts';
import { createEthereumjsEngine } from './ethereumjs/load-engine.ts';

/**
 * The engine with this name, loaded at its first use. The one in WebAssembly knows no rules from before Berlin: there it
 * is the other.
 */
export function namedEngine(name: EngineName): CreateEngine {
  return async (rules, purpose) => {
    if (name === 'ethereumjs' || !isActive(rules.fork, 'berlin')) return createEthereumjsEngine(rules, purpose);
    const { createWasmEngine } = await import('./wasm/create-engine.ts');
    return createWasmEngine(rules, purpose);
  };
}
