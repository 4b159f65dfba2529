import type { ExecutionRules } from '@heddle/primitives';
import type { Engine } from '../../src/engine.ts';
import { createEthereumjsEngine } from '../../src/engines/ethereumjs/create-engine.ts';
import { createWasmEngine } from '../../src/engines/wasm/create-engine.ts';
import type { Tracer } from '../../src/tracer.ts';

/** Every engine that stands behind the port, for suites that all of them must pass. */
export const ENGINES: readonly {
  readonly name: string;
  readonly createEngine: (rules: ExecutionRules, tracer?: Tracer) => Promise<Engine>;
}[] = [
  { name: 'ethereumjs', createEngine: createEthereumjsEngine },
  { name: 'wasm', createEngine: createWasmEngine },
];
