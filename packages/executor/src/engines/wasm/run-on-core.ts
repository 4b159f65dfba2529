import type { CoreStop } from '../../engine.ts';
import { evmMemoryExhausted } from '../../errors.ts';
import type { EvmCore } from './evm-core.ts';
import type { StatePort } from './state-port.ts';

/**
 * Lets the module run the core's transactions until it needs more than its imports. `worn`: its memory is more than
 * `keptBytes`, between two runs.
 */
export function runOnCore(
  { layout, steps }: EvmCore,
  port: StatePort,
  keptBytes: number,
): CoreStop | { readonly status: 'worn' } {
  let ending: number;
  try {
    ending = steps.runOnCore(keptBytes);
  } catch (error) {
    if (steps.endsRunAlone() === 0) throw error;
    return { status: 'failed', error };
  }
  if (ending === layout.CORE_IDLE) return { status: 'idle' };
  if (ending === layout.CORE_STOPPED) return { status: 'stopped' };
  if (ending === layout.CORE_WORN) return { status: 'worn' };
  if (ending === layout.CORE_FOR_HOST) return { status: 'for-host', tx: steps.heldTransaction() };
  const reason = steps.voidReason();
  if (reason === layout.HALT_STARVED) return { status: 'starved' };
  if (reason === layout.HALT_OUT_OF_MEMORY) return { status: 'failed', error: evmMemoryExhausted() };
  return port.hasFailed() ? { status: 'failed', error: port.error() } : { status: 'abandoned' };
}
