export { runLoadCommand } from './cli.ts';
export { LOAD_TOKEN_ABI, LOAD_TOKEN_INIT_CODE } from './load-token.ts';
export { balanceSlot } from './parallelism.ts';
export { formatReport, type LatencyMs, type LoadReport, type ParallelismSum } from './report.ts';
export { type LoadOptions, runLoad } from './run-load.ts';
export { SCENARIOS, type Scenario } from './scenario.ts';
