import { createBlockReadings } from './block-readings.ts';
import { errorText } from './call.ts';
import { limitConnections } from './connection-limits.ts';
import { createDispatcher, type Dispatcher } from './dispatcher.ts';
import { listenFailed, type RpcError, rpcErrors } from './errors.ts';
import { cors, Fastify, type FastifyError, type FastifyInstance, type FastifyReply, websocket } from './fastify.ts';
import { createHeadFeed } from './head-feed.ts';
import { createHostCheck, isLoopback } from './host-check.ts';
import { DEFAULT_LIMITS, type RpcLimits } from './limits.ts';
import type { RpcLog } from './log.ts';
import type { ServerServices } from './method-context.ts';
import { METHODS } from './method-table.ts';
import { createRpcFigures, type RpcFigures } from './metrics.ts';
import type { RpcPorts } from './ports.ts';
import { createSubmissions } from './submissions.ts';
import { createSubscriptions } from './subscriptions.ts';
import { createTipOracle } from './tip-oracle.ts';
import { createTurns } from './turns.ts';
import { serveWebSocket } from './websocket-connection.ts';

/** Where and how the server listens. */
export interface RpcServerOptions {
  /** The address to bind. */
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Origins that browsers may call from; default all of them. */
  readonly corsOrigins?: readonly string[] | undefined;
  /** Host names that are served besides `localhost`; `*` serves all. Undefined: all, unless bound to loopback. */
  readonly vhosts?: readonly string[] | undefined;
  readonly limits?: Partial<RpcLimits>;
  readonly log: RpcLog;
}

/** A server that listens. */
export interface RpcServer {
  /** `http://host:port`; WebSocket on the same. */
  readonly url: string;
  readonly port: number;
  /** Ends all connections; the ports stay open. */
  close(): Promise<void>;
}

/** What a client may call JSON, as geth takes it. */
const JSON_TYPES = ['application/json', 'application/json-rpc', 'application/jsonrequest'];
/** How often connections are looked at for requests that come too slowly; Node's default is 30 s. */
const CHECK_MS = 2_000;
/** WebSocket clients get this long to close on their side when the server ends. */
const CLOSE_GRACE_MS = 500;

/**
 * Serves `ports` by JSON-RPC over HTTP and WebSocket on one port, with `/health`, `/ready` and `/metrics`.
 *
 * @throws HeddleError `RPC_PORT_IN_USE`, `RPC_LISTEN_FAILED`
 */
export async function createRpcServer(ports: RpcPorts, options: RpcServerOptions): Promise<RpcServer> {
  const { host, log } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const figures = createRpcFigures();
  const heads = createHeadFeed(ports.chain);
  const blocks = createBlockReadings(limits.blockReadingCount);
  heads.listen((head) => void blocks.add(head));
  const closing = new AbortController();
  const services: ServerServices = {
    ports,
    limits,
    heads,
    blocks,
    tips: createTipOracle(blocks),
    submissions: createSubmissions(ports.pool),
    turns: createTurns(limits.turnMs),
    closing: closing.signal,
  };
  const dispatcher = createDispatcher(METHODS, services, { log, figures });
  const subscriptions = createSubscriptions({ heads, blocks, limits, figures });

  const app = createApp(limits, log);
  const connections = limitConnections(app.server, limits, figures);
  await app.register(websocket, {
    options: { maxPayload: limits.bodySizeBytes, perMessageDeflate: false },
    errorHandler: (_error, socket) => socket.terminate(),
    preClose: (done) => closeWebSockets(app, done),
  });
  await guard(app, options, closing.signal); // after the plugin, which cuts a refused upgrade only when its own hook came first
  app.register(async (scope) => {
    scope.route({
      method: 'GET',
      url: '/',
      handler: (_request, reply) =>
        reply.type('text/plain').send('Heddle answers JSON-RPC by POST and WebSocket here.\n'),
      wsHandler: (socket) => serveWebSocket(socket, { dispatcher, subscriptions, limits, figures, log }),
    });
    scope.post('/', (request, reply) => answerHttp(dispatcher, request.body as string, reply));
    addProbes(scope, ports, figures);
  });

  try {
    await app.listen({ host, port: options.port });
  } catch (error) {
    heads.close();
    await app.close();
    throw listenFailed(host, options.port, error);
  }
  if (!isLoopback(host) && options.vhosts === undefined) {
    log.warn({ host }, 'rpc serves every host name on this address: name the allowed ones with --vhosts');
  }
  const { port } = app.server.address() as { readonly port: number };
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    async close() {
      closing.abort();
      heads.close();
      const cut = setTimeout(() => connections.destroyAll(), 2 * CLOSE_GRACE_MS);
      await app.close();
      clearTimeout(cut);
    },
  };
}

function createApp(limits: RpcLimits, log: RpcLog): FastifyInstance {
  const app = Fastify({
    logger: false, // its line for each request costs up to a third of the throughput
    bodyLimit: limits.bodySizeBytes,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionTimeout: limits.stalledTimeoutMs,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    return503OnClosing: false, // its body would be no JSON-RPC: the guard answers then
    http: { connectionsCheckingInterval: Math.min(CHECK_MS, limits.headersTimeoutMs / 2) },
  });
  app.server.headersTimeout = limits.headersTimeoutMs;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(JSON_TYPES, { parseAs: 'string' }, (_request, body, done) => done(null, body));
  app.setNotFoundHandler((_request, reply) => reply.code(404).type('text/plain').send('not found: JSON-RPC is at /\n'));
  app.setErrorHandler((error: FastifyError, _request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) {
      log.error({ err: error }, 'http request failed');
      return failure(reply, status, rpcErrors.internal());
    }
    const text = status === 415 ? 'invalid content type, only application/json is supported' : error.message;
    return reply.code(status).type('text/plain').send(`${text}\n`);
  });
  // A client that takes nothing of its answer: until the answer has left, the connection may not rest for longer.
  app.addHook('onSend', async (request) => void request.raw.socket.setTimeout(limits.writeTimeoutMs));
  return app;
}

/** A failure of the server as clients of JSON-RPC can read it. */
function failure(reply: FastifyReply, status: number, error: RpcError): FastifyReply {
  return reply.code(status).type('application/json').send(errorText(null, error));
}

/** Host check and CORS, before everything else; WebSocket upgrades pass through the same. */
async function guard(
  app: FastifyInstance,
  { host, vhosts, corsOrigins }: RpcServerOptions,
  closing: AbortSignal,
): Promise<void> {
  const hosts = createHostCheck({ host, vhosts });
  const origins = corsOrigins === undefined || corsOrigins.includes('*') ? undefined : new Set(corsOrigins);
  app.addHook('onRequest', async (request, reply) => {
    if (closing.aborted) return failure(reply, 503, rpcErrors.overloaded());
    if (!hosts.isAllowed(request.headers.host)) {
      return reply.code(403).type('text/plain').send('invalid host specified\n');
    }
    const { origin, upgrade } = request.headers;
    // Browsers apply CORS to fetches only: a page opens WebSockets wherever it likes.
    if (upgrade !== undefined && origin !== undefined && origins && !origins.has(origin)) {
      return reply.code(403).type('text/plain').send('origin not allowed\n');
    }
    return undefined;
  });
  await app.register(cors, { origin: origins ? [...origins] : '*', methods: ['GET', 'POST'], maxAge: 86_400 });
}

async function answerHttp(
  dispatcher: Dispatcher,
  body: string | undefined,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { context, answer } = dispatcher.begin(body ?? '', undefined);
  try {
    const text = await answer;
    if (text === undefined) return reply.code(204).send();
    return reply.type('application/json').send(text);
  } finally {
    context.close();
  }
}

function addProbes(app: FastifyInstance, ports: RpcPorts, figures: RpcFigures): void {
  app.get('/health', async () => ({ status: 'ok' }));
  app.get('/ready', async (_request, reply) => {
    const isReady = ports.node.isReady();
    return reply.code(isReady ? 200 : 503).send({ ready: isReady });
  });
  app.get('/metrics', async (_request, reply) => {
    const own = figures.text();
    return reply.type('text/plain; version=0.0.4').send(`${await ports.node.metrics()}${own}`);
  });
}

function closeWebSockets(app: FastifyInstance, done: () => void): void {
  const { clients } = app.websocketServer;
  for (const client of clients) client.close(1001, 'the server is shutting down');
  const cut = setTimeout(() => {
    for (const client of clients) client.terminate();
  }, CLOSE_GRACE_MS);
  app.websocketServer.close(() => {
    clearTimeout(cut);
    done();
  });
}
