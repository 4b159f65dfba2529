/** What of WebAssembly is needed here: TypeScript has its types only together with a browser's. */
declare namespace WebAssembly {
  let Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, unknown>> };
}

/**
 * Runs `make`, and EVMs in WebAssembly that it makes in this thread give codes their fast form (cells) once they have burnt so
 * many sixteenths of gas a byte: 0 is before they run for the first time.
 */
export async function withCodesHotFrom<T>(sixteenths: number, make: () => Promise<T>): Promise<T> {
  const { Instance } = WebAssembly;
  WebAssembly.Instance = class extends Instance {
    constructor(module: object, imports: object) {
      super(module, imports);
      const { setHotFrom } = this.exports;
      if (typeof setHotFrom === 'function') setHotFrom(sixteenths);
    }
  };
  try {
    return await make();
  } finally {
    WebAssembly.Instance = Instance;
  }
}
