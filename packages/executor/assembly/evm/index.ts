// What the host sees of the EVM: the layout, and the steps.
export * from "./layout";
export * from "./transaction-record";
export {
  EXCHANGE_BALANCE, EXCHANGE_CODE_HASH, EXCHANGE_GAS_USED, EXCHANGE_KEY, EXCHANGE_NONCE, EXCHANGE_OUTPUT_SIZE,
  EXCHANGE_VALUE, HOST_ABSENT, HOST_FAILED, HOST_PRESENT, PRECOMPILE_HOST_FAILED, PRECOMPILE_OUT_OF_GAS,
  PRECOMPILE_OUT_OF_MEMORY, PRECOMPILE_REFUSED, PRECOMPILE_SUCCEEDED,
} from "./host";
export { setHotFrom } from "./cells/heat";
export { firstAccount } from "./accounts";
export { reserveOutput } from "./return-data";
export {
  CORE_FOR_HOST, CORE_IDLE, CORE_STOPPED, CORE_VOID, CORE_WORN, endsRunAlone, heldTransaction, runOnCore, voidReason,
} from "./run-on-core";
export { beginBlock, setup } from "./setup";
export { beginSystemRun, payOut, reserveInput, runSystemCall, settleSystemRun, SYSTEM_CALL_ABSENT } from "./system";
export { reserveTransaction, runCall, runTransaction } from "./transaction";
export { VALID } from "./validity";
