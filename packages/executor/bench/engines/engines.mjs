// The engines by name.
import * as executor from '../../dist/index.js';

/** Names of the engines that this build has. */
export const ENGINES = executor.namedEngine === undefined ? ['ethereumjs'] : ['ethereumjs', 'wasm'];

/** What makes the engine called `name`. */
export function createEngineOf(name) {
  return executor.namedEngine?.(name) ?? executor.createEthereumjsEngine;
}
