import { HeddleError } from '@heddle/primitives';

/** A value of a call is not what its parameter wants. The message is what stands after `invalid argument N: `. */
export class ParameterError extends HeddleError {
  constructor(message: string) {
    super('RPC_PARAMETER', message);
  }
}

/** A kind of value: how it reads in the documentation and how it is parsed. */
export interface ParameterType<T> {
  readonly description: string;
  /** @throws ParameterError, or an RpcError where geth has a text of its own. */
  readonly parse: (value: unknown) => T;
}

/** One position in a method's parameters. */
export interface Parameter<T> {
  readonly name: string;
  readonly description: string;
  readonly isOptional: boolean;
  /** Of an absent (undefined or null) value; only for optional ones. */
  readonly fallback: T | undefined;
  readonly parse: (value: unknown) => T;
}

/** A parameter that must be there. */
export function required<T>(name: string, type: ParameterType<T>): Parameter<T> {
  return { name, ...type, isOptional: false, fallback: undefined };
}

/** A parameter that is `fallback` when it is absent or null. */
export function optional<T, F extends T | undefined>(
  name: string,
  type: ParameterType<T>,
  fallback: F,
): Parameter<T | F> {
  return { name, ...type, isOptional: true, fallback };
}

/** The value as a string. @throws ParameterError */
export function expectString(value: unknown): string {
  if (typeof value !== 'string') throw new ParameterError(`expected a string, got ${kindOf(value)}`);
  return value;
}

/** The value as a JSON object. @throws ParameterError */
export function expectObject(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ParameterError(`expected an object, got ${kindOf(value)}`);
  }
  return value as Readonly<Record<string, unknown>>;
}

/** The value as a JSON array. @throws ParameterError */
export function expectArray(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new ParameterError(`expected an array, got ${kindOf(value)}`);
  return value;
}

/** A field of an object, undefined when it is absent or null; errors name the field. @throws ParameterError */
export function field<T>(
  object: Readonly<Record<string, unknown>>,
  name: string,
  type: ParameterType<T>,
): T | undefined {
  const value = Object.hasOwn(object, name) ? object[name] : undefined;
  if (value === undefined || value === null) return undefined;
  try {
    return type.parse(value);
  } catch (error) {
    if (error instanceof ParameterError) throw new ParameterError(`${name}: ${error.message}`);
    throw error;
  }
}

/** What kind of JSON value this is, for messages. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
