import { bytesToHex, type Hash, HeddleError, type Hex } from '@heddle/primitives';
import { revertReason } from './revert-reason.ts';

/** A failure as a JSON-RPC client sees it: `rpcCode` is the number, `message` geth's text, `data` what it adds. */
export class RpcError extends HeddleError {
  readonly rpcCode: number;
  readonly data: unknown;

  constructor(code: string, rpcCode: number, message: string, data?: unknown) {
    super(code, message);
    this.rpcCode = rpcCode;
    this.data = data;
  }
}

/** The JSON-RPC numbers in use. */
export const RPC_CODE = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  server: -32000,
  timedOut: -32002,
  tooLarge: -32003,
  overloaded: -32005,
  reverted: 3,
  sendSyncTimeout: 4,
} as const;

/** All failures that this room answers, with geth's numbers and texts; clients match the texts. */
export const rpcErrors = {
  parse: () => error('RPC_PARSE', RPC_CODE.parse, 'parse error'),
  invalidRequest: () => error('RPC_INVALID_REQUEST', RPC_CODE.invalidRequest, 'invalid request'),
  emptyBatch: () => error('RPC_EMPTY_BATCH', RPC_CODE.invalidRequest, 'empty batch'),
  batchTooLarge: () => error('RPC_BATCH_TOO_LARGE', RPC_CODE.invalidRequest, 'batch too large'),
  responseTooLarge: () => error('RPC_RESPONSE_TOO_LARGE', RPC_CODE.tooLarge, 'response too large'),
  timedOut: () => error('RPC_TIMED_OUT', RPC_CODE.timedOut, 'request timed out'),
  overloaded: () => error('RPC_OVERLOADED', RPC_CODE.overloaded, 'too many requests wait, try again later'),
  internal: () => error('RPC_INTERNAL', RPC_CODE.internal, 'internal error'),
  methodNotFound: (name: string) =>
    error('RPC_METHOD_NOT_FOUND', RPC_CODE.methodNotFound, `the method ${name} does not exist/is not available`),
  notificationsUnsupported: () =>
    error('RPC_NOTIFICATIONS_UNSUPPORTED', RPC_CODE.methodNotFound, 'notifications not supported'),
  noSuchSubscription: (kind: string) =>
    error('RPC_NO_SUCH_SUBSCRIPTION', RPC_CODE.methodNotFound, `no "${kind}" subscription in eth namespace`),
  subscriptionNotFound: () => error('RPC_SUBSCRIPTION_NOT_FOUND', RPC_CODE.server, 'subscription not found'),
  tooManySubscriptions: (limit: number) =>
    error(
      'RPC_TOO_MANY_SUBSCRIPTIONS',
      RPC_CODE.overloaded,
      `too many subscriptions on this connection (max ${limit})`,
    ),
  paramsNotArray: () => invalidParams('non-array args'),
  missingArgument: (index: number) => invalidParams(`missing value for required argument ${index}`),
  tooManyArguments: (limit: number) => invalidParams(`too many arguments, want at most ${limit}`),
  invalidArgument: (index: number, why: string) => invalidParams(`invalid argument ${index}: ${why}`),
  /** geth's own text: its handler reads the key, not the decoder of arguments. */
  storageKeyTooLong: (key: string) =>
    invalidParams(`storage key too long (want at most 32 bytes): ${JSON.stringify(key.slice(0, 80))}`),
  headerNotFound: () => server('RPC_HEADER_NOT_FOUND', 'header not found'),
  headerForHashNotFound: () => server('RPC_HEADER_NOT_FOUND', 'header for hash not found'),
  unknownBlock: () => server('RPC_UNKNOWN_BLOCK', 'unknown block'),
  /** Without 0x, as geth's `%x` writes a hash (core/state/database_history.go). */
  stateUnavailable: (root: Hash) =>
    server('RPC_STATE_UNAVAILABLE', `historical state ${root.slice(2)} is not available`),
  /** Geth's `maxGetProofKeys`. */
  tooManySlots: (limit: number, count: number) =>
    invalidParams(`too many storage keys requested (max ${limit}, got ${count})`),
  unknownAccount: () => server('RPC_UNKNOWN_ACCOUNT', 'unknown account'),
  invertedRange: () => invalidParams('invalid block range params'),
  rangeBeyondHead: () => invalidParams('block range extends beyond current head block'),
  rangeTooLarge: (limit: number) => invalidParams(`exceed maximum block range: ${limit}`),
  tooManyLogs: (limit: number, from: number, to: number) =>
    invalidParams(`query exceeds max results ${limit}, retry with the range ${from}-${to}`),
  blockHashAndRange: () =>
    invalidParams('cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other'),
  beyondHead: (requested: bigint | number, head: number) =>
    server('RPC_BEYOND_HEAD', `request beyond head block: requested ${requested}, head ${head}`),
  invalidPercentile: (why: string) => server('RPC_INVALID_PERCENTILE', `invalid reward percentile: ${why}`),
  overridesUnsupported: (which: 'state' | 'block') =>
    server('RPC_OVERRIDES_UNSUPPORTED', `${which} overrides are not supported`),
  dataAndInput: () =>
    server(
      'RPC_DATA_AND_INPUT',
      'both "data" and "input" are set and not equal. Please use "input" to pass transaction call data',
    ),
  gasPriceAndFees: () =>
    server('RPC_GAS_PRICE_AND_FEES', 'both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified'),
  feeCapBelowTip: (feeCap: Hex, tip: Hex) =>
    server('RPC_FEE_CAP_BELOW_TIP', `maxFeePerGas (${feeCap}) < maxPriorityFeePerGas (${tip})`),
  feeCapBelowBaseFee: (from: string, feeCap: bigint, baseFee: bigint) =>
    server(
      'RPC_FEE_CAP_BELOW_BASE_FEE',
      `max fee per gas less than block base fee: address ${from}, maxFeePerGas: ${feeCap}, baseFee: ${baseFee}`,
    ),
  wrongChain: (have: bigint, want: number) =>
    server('RPC_WRONG_CHAIN', `chainId does not match node's (have=${have}, want=${want})`),
  creationWithoutData: () => server('RPC_CREATION_WITHOUT_DATA', 'contract creation without any data provided'),
  blobsUnsupported: () => server('RPC_BLOBS_UNSUPPORTED', 'blob transactions are not supported yet'),
  /** `data` is the hash: the transaction is in the pool and may still be included. */
  sendSyncTimeout: (hash: Hash, waited: string) =>
    new RpcError(
      'RPC_SEND_SYNC_TIMEOUT',
      RPC_CODE.sendSyncTimeout,
      `The transaction was added to the transaction pool but wasn't processed in ${waited}.`,
      hash,
    ),
  /** With the decoded reason in the message and the raw bytes as `data`, also when there are none. */
  reverted: (returnData: Uint8Array) => {
    const reason = revertReason(returnData);
    const message = reason === undefined ? 'execution reverted' : `execution reverted: ${reason}`;
    return new RpcError('RPC_REVERTED', RPC_CODE.reverted, message, bytesToHex(returnData));
  },
  /** A refusal in a port's own number and words. */
  refused: ({ code, message }: { readonly code: number; readonly message: string }) =>
    error('RPC_REFUSED', code, message),
} as const;

/** Failures of the threads behind the ports, by their HeddleError code. None is the caller's fault. */
const PORT_FAILURES: Readonly<Record<string, () => RpcError>> = {
  THREAD_BUSY: rpcErrors.overloaded,
  THREAD_TIMEOUT: rpcErrors.timedOut,
  THREAD_GONE: rpcErrors.overloaded, // it is being replaced: clients repeat reads on this number
};

/** What a client is told about whatever a handler threw; undefined: a bug of ours, to be logged. */
export function asRpcError(thrown: unknown): RpcError | undefined {
  if (thrown instanceof RpcError) return thrown;
  if (!(thrown instanceof HeddleError) || thrown.code === 'THREAD_FAULT') return undefined;
  return PORT_FAILURES[thrown.code]?.() ?? error(thrown.code, RPC_CODE.server, thrown.message);
}

/** The server cannot listen there. `code` RPC_PORT_IN_USE or RPC_LISTEN_FAILED. */
export function listenFailed(host: string, port: number, cause: unknown): HeddleError {
  const reason = (cause as NodeJS.ErrnoException).code;
  if (reason === 'EADDRINUSE') {
    return new HeddleError('RPC_PORT_IN_USE', `the RPC port ${host}:${port} is in use`, {
      remedy: 'stop what listens there or choose another port with --port',
      cause,
    });
  }
  return new HeddleError('RPC_LISTEN_FAILED', `cannot listen on ${host}:${port} (${reason ?? String(cause)})`, {
    remedy: 'choose an address of this machine with --host and a free port with --port',
    cause,
  });
}

function invalidParams(message: string): RpcError {
  return error('RPC_INVALID_PARAMS', RPC_CODE.invalidParams, message);
}

function server(code: string, message: string): RpcError {
  return error(code, RPC_CODE.server, message);
}

function error(code: string, rpcCode: number, message: string): RpcError {
  return new RpcError(code, rpcCode, message);
}
