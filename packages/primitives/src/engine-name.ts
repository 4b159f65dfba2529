/** The EVMs that one can choose: `@ethereumjs/evm`, or Heddle's own in WebAssembly. Both give the same results. */
export const ENGINE_NAMES = ['ethereumjs', 'wasm'] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

/** The one that runs where nobody chose. */
export const DEFAULT_ENGINE: EngineName = 'wasm';
