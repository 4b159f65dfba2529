import { waitFor } from '@heddle/testkit';
import { WebSocket } from 'ws';

/** A WebSocket client that keeps all that it hears, parsed, in order. */
export interface WebSocketClient {
  readonly socket: WebSocket;
  /** Answers and notifications in the order of their arrival. */
  // biome-ignore lint/suspicious/noExplicitAny: JSON from outside, judged by the test
  readonly heard: any[];
  /** The close code once the connection has ended. */
  readonly closeCode: number | undefined;
  send(text: string): void;
  /** Sends a request without waiting; returns its id. */
  request(method: string, ...params: unknown[]): number;
  /** The whole answer to a request. */
  // biome-ignore lint/suspicious/noExplicitAny: JSON from outside, judged by the test
  call(method: string, ...params: unknown[]): Promise<any>;
  /** Results of a subscription so far. */
  // biome-ignore lint/suspicious/noExplicitAny: JSON from outside, judged by the test
  notifications(subscription: string): any[];
  close(): void;
}

/** Connects to `url`. @throws the socket's error when the server refuses. */
export async function openWebSocket(
  url: string,
  options: { readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<WebSocketClient> {
  const socket = new WebSocket(url, { headers: options.headers ?? {}, perMessageDeflate: false });
  // biome-ignore lint/suspicious/noExplicitAny: JSON from outside, judged by the test
  const heard: any[] = [];
  let closeCode: number | undefined;
  socket.on('message', (data) => heard.push(JSON.parse(data.toString())));
  socket.on('close', (code) => {
    closeCode = code;
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => {}); // the tests look at the close code
  let nextId = 1;
  const request: WebSocketClient['request'] = (method, ...params) => {
    const id = nextId++;
    socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    return id;
  };
  return {
    socket,
    heard,
    get closeCode() {
      return closeCode;
    },
    send: (text) => socket.send(text),
    request,
    call(method, ...params) {
      const id = request(method, ...params);
      return waitFor(() => heard.find((answer) => answer.id === id), { what: `the answer to ${method}`, everyMs: 2 });
    },
    notifications: (subscription) =>
      heard.filter(({ params }) => params?.subscription === subscription).map(({ params }) => params.result),
    close: () => socket.close(),
  };
}
