import { assert, BugError, HeddleError } from '@heddle/primitives';

/** What {@link connectPort} needs of a channel: a MessagePort, a Worker or `parentPort`. */
export interface MessageEndpoint {
  postMessage(value: unknown, transfer?: readonly Transferable[]): void;
  on(event: 'message', listener: (value: unknown) => void): unknown;
  on(event: 'close' | 'exit', listener: () => void): unknown;
}

/** What may be handed over instead of copied. */
export type Transferable = ArrayBuffer | import('node:worker_threads').MessagePort;

/**
 * One side of a boundary between two threads: the requests that it answers and the notices that it hears, by name.
 * Every function takes one structured-clone value; what a request's function returns is the answer.
 */
export interface Side {
  readonly requests: object;
  readonly notices: object;
}

/** A value whose `transfer` list goes along with it: the sender must not touch those buffers again. */
export class Transferred<T> {
  readonly value: T;
  readonly transfer: readonly Transferable[];

  constructor(value: T, transfer: readonly Transferable[]) {
    this.value = value;
    this.transfer = transfer;
  }
}

type Input<F> = F extends (input: infer I) => unknown ? I : never;
type Output<F> = F extends (...input: never[]) => infer O ? Awaited<O> : never;
type Answer<F> = Output<F> | Transferred<Output<F>>;

/** The functions that answer for a side; requests may also answer with {@link Transferred} or a promise. */
export interface Handlers<S extends Side> {
  readonly requests: { readonly [K in keyof S['requests']]: HandlerOf<S['requests'][K]> };
  readonly notices: { readonly [K in keyof S['notices']]: (input: Input<S['notices'][K]>) => void };
}

type HandlerOf<F> = (input: Input<F>) => Answer<F> | Promise<Answer<F>>;

/** The other side as seen from here. */
export interface RemoteSide<S extends Side> {
  /**
   * @throws HeddleError the other side's own, with its code and message; `THREAD_BUSY` when too many calls wait;
   *   `THREAD_TIMEOUT`; `THREAD_GONE` when the channel closed; `THREAD_FAULT` when the other side broke.
   */
  call<K extends keyof S['requests'] & string>(
    name: K,
    input: Input<S['requests'][K]>,
    options?: CallOptions,
  ): Promise<Output<S['requests'][K]>>;
  /** Sends without an answer; lost when the other side is gone. */
  notify<K extends keyof S['notices'] & string>(
    name: K,
    input: Input<S['notices'][K]>,
    transfer?: readonly Transferable[],
  ): void;
  /** Calls that wait for their answer. */
  readonly inFlightCount: number;
}

/** How one call goes out. */
export interface CallOptions {
  readonly transfer?: readonly Transferable[];
  /** Overrides the connection's. */
  readonly timeoutMs?: number;
}

/** Bounds of a connection. */
export interface ConnectionOptions {
  /** Calls waiting for an answer at most; default 4,096. */
  readonly maxInFlight?: number;
  /** Default 30,000. */
  readonly timeoutMs?: number;
}

type Message =
  | { readonly kind: 'call'; readonly id: number; readonly name: string; readonly input: unknown }
  | { readonly kind: 'notice'; readonly name: string; readonly input: unknown }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'refusal'; readonly id: number; readonly error: WireError };

interface WireError {
  readonly code: string;
  readonly message: string;
  readonly remedy: string | undefined;
}

interface Pending {
  readonly name: string;
  readonly resolve: (value: never) => void;
  readonly reject: (error: HeddleError) => void;
  readonly timer: NodeJS.Timeout;
}

/** Speaks over `endpoint`: answers as `handlers` do and reaches the other side by the returned object. */
export function connectPort<Remote extends Side, Local extends Side>(
  endpoint: MessageEndpoint,
  handlers: Handlers<Local>,
  options: ConnectionOptions = {},
): RemoteSide<Remote> {
  const { maxInFlight = 4_096, timeoutMs: defaultTimeoutMs = 30_000 } = options;
  const pending = new Map<number, Pending>();
  let nextId = 1;
  let isGone = false;

  const settle = (id: number): Pending | undefined => {
    const call = pending.get(id); // undefined: its time was over
    if (call === undefined) return undefined;
    pending.delete(id);
    clearTimeout(call.timer);
    return call;
  };
  const onGone = () => {
    isGone = true;
    for (const [id, { name }] of pending) settle(id)?.reject(gone(name));
  };
  endpoint.on('close', onGone);
  endpoint.on('exit', onGone);
  endpoint.on('message', (value) => {
    const message = value as Message;
    if (message.kind === 'call') void answer(endpoint, handlers, message);
    else if (message.kind === 'notice') handlerOf(handlers.notices, message.name)(message.input);
    else if (message.kind === 'answer') settle(message.id)?.resolve(message.value as never);
    else settle(message.id)?.reject(fromWire(message.error));
  });

  return {
    get inFlightCount() {
      return pending.size;
    },
    call(name, input, { transfer = [], timeoutMs = defaultTimeoutMs } = {}) {
      if (isGone) return Promise.reject(gone(name));
      if (pending.size >= maxInFlight) return Promise.reject(busy(name, pending.size));
      const id = nextId++;
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => settle(id)?.reject(late(name, timeoutMs)), timeoutMs);
        timer.unref();
        pending.set(id, { name, resolve, reject, timer });
        endpoint.postMessage({ kind: 'call', id, name, input } satisfies Message, transfer);
      });
    },
    notify(name, input, transfer = []) {
      if (!isGone) endpoint.postMessage({ kind: 'notice', name, input } satisfies Message, transfer);
    },
  };
}

async function answer<S extends Side>(
  endpoint: MessageEndpoint,
  handlers: Handlers<S>,
  { id, name, input }: Extract<Message, { kind: 'call' }>,
): Promise<void> {
  try {
    const result = await handlerOf(handlers.requests, name)(input);
    const [value, transfer] = result instanceof Transferred ? [result.value, result.transfer] : [result, []];
    endpoint.postMessage({ kind: 'answer', id, value } satisfies Message, transfer);
  } catch (error) {
    endpoint.postMessage({ kind: 'refusal', id, error: toWire(name, error) } satisfies Message);
    // What is no expected failure is a bug: the thread must not go on, and whoever watches it decides.
    if (!(error instanceof HeddleError)) queueMicrotask(() => rethrow(error));
  }
}

function handlerOf(handlers: object, name: string): (input: unknown) => unknown {
  const handler = Object.hasOwn(handlers, name) ? (handlers as Record<string, unknown>)[name] : undefined;
  assert(typeof handler === 'function', `no handler for ${name} on this side of the boundary`);
  return handler as (input: unknown) => unknown;
}

function toWire(name: string, error: unknown): WireError {
  if (error instanceof HeddleError) return { code: error.code, message: error.message, remedy: error.remedy };
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'THREAD_FAULT', message: `${name} failed in its thread: ${message}`, remedy: undefined };
}

function fromWire({ code, message, remedy }: WireError): HeddleError {
  return new HeddleError(code, message, remedy === undefined ? {} : { remedy });
}

function rethrow(error: unknown): never {
  throw error instanceof Error ? error : new BugError(String(error));
}

function busy(name: string, waiting: number): HeddleError {
  return new HeddleError('THREAD_BUSY', `${name}: ${waiting} calls wait for that thread already`);
}

function late(name: string, timeoutMs: number): HeddleError {
  return new HeddleError('THREAD_TIMEOUT', `${name}: no answer from its thread within ${timeoutMs} ms`);
}

function gone(name: string): HeddleError {
  return new HeddleError('THREAD_GONE', `${name}: the thread that answers it has ended`);
}
