import type { ExecutionRules } from '@heddle/primitives';
import type { Engine, EnginePurpose } from '../../engine.ts';

/**
 * The engine over `@ethereumjs/vm` (create-engine.ts), loaded at its first use: threads that only read the store would
 * pay 0.6 s of CPU and 20 MB each for an EVM that they never run.
 */
export async function createEthereumjsEngine(rules: ExecutionRules, purpose?: EnginePurpose): Promise<Engine> {
  const { createEthereumjsEngine: create } = await import('./create-engine.ts');
  return create(rules, purpose);
}
