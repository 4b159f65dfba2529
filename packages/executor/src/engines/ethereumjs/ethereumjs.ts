// What the engine uses of ethereumjs, in one file: its packages are several hundred modules. The build bundles the
// compiled form of this file (scripts/bundle.mjs), so that every thread loads it in a fraction of the time.
export { Common, Mainnet, type ParamsDict } from '@ethereumjs/common';
export {
  type CustomPrecompile,
  createEVM,
  type EVM,
  EVMError,
  type ExecResult,
  type PrecompileInput,
  paramsEVM,
} from '@ethereumjs/evm';
export { Capability, paramsTx, type TypedTransaction } from '@ethereumjs/tx';
export { Account, Address, KECCAK256_NULL, KECCAK256_RLP } from '@ethereumjs/util';
export { createVM, runTx, type VM } from '@ethereumjs/vm';
