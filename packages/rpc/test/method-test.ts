import type { RpcUnderTest } from './rpc-under-test.ts';

/** What every method must show. The table in `method-table.test.ts` runs it and `docs/rpc-methods.md` names it. */
export interface MethodTest {
  /** A result that could be wrong. */
  readonly result: MethodCase;
  /** A call that must be refused for its parameters. */
  readonly badParameter: BadParameterCase;
  /** More that is particular to the method. */
  readonly more?: readonly MethodCase[];
}

/** One test: its name is a sentence. */
export interface MethodCase {
  readonly title: string;
  readonly run: (rpc: RpcUnderTest) => Promise<void>;
}

/** Parameters, and the message (code -32602 unless given) that they must be refused with. */
export interface BadParameterCase {
  readonly params: readonly unknown[];
  readonly message: string;
  readonly code?: number;
}

/** For a method without parameters: any parameter is one too many. */
export const TAKES_NO_PARAMETERS: BadParameterCase = {
  params: ['0x1'],
  message: 'too many arguments, want at most 0',
};
/** What geth says to a call without its first parameter. */
export const MISSING_FIRST: BadParameterCase = { params: [], message: 'missing value for required argument 0' };
