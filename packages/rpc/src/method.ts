import { rpcErrors } from './errors.ts';
import type { MethodContext } from './method-context.ts';
import { type Parameter, ParameterError } from './params/parameter.ts';

/** A JSON-RPC method: what the table holds, the documentation lists and the tests go through. */
export interface Method {
  /** As on the wire, `eth_getBalance`. */
  readonly name: string;
  readonly summary: string;
  readonly params: readonly Parameter<unknown>[];
  /** What comes back, for the documentation. */
  readonly result: string;
  /**
   * How many neighbours of the same name in one batch run together; default 1. They are begun in their order, and a
   * handler with more than 1 must not move the request on to a newer view.
   */
  readonly concurrency: number;
  /**
   * Judges `params` by the schema and runs the handler. The result is JSON-ready.
   *
   * @throws HeddleError whatever `asRpcError` turns into an answer.
   */
  readonly call: (params: readonly unknown[], context: MethodContext) => unknown;
}

type ValuesOf<P extends readonly Parameter<unknown>[]> = {
  readonly [K in keyof P]: P[K] extends Parameter<infer T> ? T : never;
};

/** A method from its parameter schema and a handler that takes what the schema parses. */
export function defineMethod<const P extends readonly Parameter<unknown>[]>(definition: {
  readonly name: string;
  readonly summary: string;
  readonly params: P;
  readonly result: string;
  readonly concurrency?: number;
  readonly handle: (params: ValuesOf<P>, context: MethodContext) => unknown;
}): Method {
  const { name, summary, params, result, concurrency = 1, handle } = definition;
  return {
    name,
    summary,
    params,
    result,
    concurrency,
    call: (values, context) => handle(parseParams(params, values) as ValuesOf<P>, context),
  };
}

/** The parsed values in order; absent and null ones become their fallback. Geth's texts for what is wrong. */
function parseParams(params: readonly Parameter<unknown>[], values: readonly unknown[]): readonly unknown[] {
  if (values.length > params.length) throw rpcErrors.tooManyArguments(params.length);
  return params.map((parameter, index) => {
    const value = values[index];
    if (value === undefined || value === null) {
      if (!parameter.isOptional) throw rpcErrors.missingArgument(index);
      return parameter.fallback;
    }
    try {
      return parameter.parse(value);
    } catch (error) {
      if (error instanceof ParameterError) throw rpcErrors.invalidArgument(index, error.message);
      throw error;
    }
  });
}
