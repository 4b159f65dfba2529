import { createRequire } from 'node:module';

/** One instance of the mcl module: it computes on one curve only. */
export type Mcl = typeof import('mcl-wasm');

/** The two curves of the precompiles, each on its own module instance (WebAssembly, one pair a thread). */
export interface Curves {
  /** BLS12-381; points are read in Ethereum's compressed form. */
  readonly bls: Mcl;
  /** alt_bn128, which mcl calls BN_SNARK1. */
  readonly bn254: Mcl;
}

const require = createRequire(import.meta.url);
let curves: Promise<Curves> | undefined;

/** Loads both curves, once a thread. */
export function loadCurves(): Promise<Curves> {
  curves ??= load();
  return curves;
}

async function load(): Promise<Curves> {
  const bls = freshModule();
  const bn254 = freshModule();
  await Promise.all([bls.init(bls.BLS12_381), bn254.init(bn254.BN_SNARK1)]);
  bls.setETHserialization(true);
  bls.setMapToMode(bls.IRTF);
  bls.verifyOrderG1(true);
  bls.verifyOrderG2(true);
  bn254.verifyOrderG1(false); // all of the curve is the group: the check would cost a multiplication for nothing
  bn254.verifyOrderG2(true);
  return { bls, bn254 };
}

/** The module keeps its curve in module scope, so a second curve needs a second copy of it. */
function freshModule(): Mcl {
  for (const path of Object.keys(require.cache)) {
    if (/[\\/]mcl-wasm[\\/]/.test(path)) delete require.cache[path];
  }
  return require('mcl-wasm') as Mcl;
}
