export type { RpcLimits } from './limits.ts';
export { DEFAULT_LIMITS } from './limits.ts';
export type { RpcLog } from './log.ts';
export { METHODS } from './method-table.ts';
export type * from './ports.ts';
export { createRpcServer, type RpcServer, type RpcServerOptions } from './server.ts';
