import type { Random } from './random.ts';

/** What a server's method table says of a method. */
export interface KnownMethod {
  readonly name: string;
  readonly params: readonly { readonly description: string }[];
}

/** What a hostile client sends. */
export type HostileRequest =
  /** A whole HTTP request: it must be answered. */
  | {
      readonly kind: 'http';
      readonly method: string;
      readonly path: string;
      readonly headers: Headers;
      readonly body: Buffer;
    }
  /** Bytes on a connection of their own, which then ends. */
  | { readonly kind: 'bytes'; readonly bytes: Buffer };

type Headers = Readonly<Record<string, string>>;

const JSON_HEADERS: Headers = { 'content-type': 'application/json' };
/** What no parameter wants, or what is at the edge of what it takes. */
const ODD_VALUES: readonly unknown[] = [
  null,
  true,
  '',
  '0x',
  '0x0',
  '0X1',
  '0x00',
  '-0x1',
  '0xg',
  '0x1'.padEnd(80, 'f'),
  `0x${'ff'.repeat(32)}`,
  0,
  -1,
  1.5,
  1e308,
  Number.MAX_SAFE_INTEGER,
  'latest',
  'pending ',
  '\u0000',
  '\ud800',
  '💥'.repeat(50),
  '__proto__',
  [],
  {},
  [[[[[]]]]],
  { __proto__: null, constructor: { prototype: {} } },
  { toString: 1, valueOf: 2, hasOwnProperty: 3 },
  { length: 1e9 },
];
/** Texts that are no JSON, or JSON that strains who reads it. */
const ODD_BODIES: readonly string[] = [
  '',
  ' ',
  '{',
  '[',
  '[[[[',
  '{"a":',
  'null',
  '1e999',
  '-',
  '"',
  '\ufeff{}',
  '{"jsonrpc":"2.0","id":1e999,"method":"eth_chainId"}',
  '{"jsonrpc":"2.0","id":{"a":1},"method":"eth_chainId"}',
  '{"jsonrpc":"2.0","id":1,"id":2,"method":"eth_chainId","method":"net_version"}',
  '{"__proto__":{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}}',
  '[]',
  '[[]]',
  '[1,2,3]',
  '[null]',
];

/** Draws requests that no honest client sends, among some that are only useless. The same seed, the same requests. */
export function createHostileRequests(random: Random, methods: readonly KnownMethod[]): () => HostileRequest {
  const kinds: readonly (() => HostileRequest)[] = [
    ...Array<() => HostileRequest>(10).fill(() => post(JSON.stringify(oddCall(random, methods)))),
    ...Array<() => HostileRequest>(2).fill(() => post(batch(random, methods))),
    ...Array<() => HostileRequest>(2).fill(() => post(cutText(random, JSON.stringify(oddCall(random, methods))))),
    () => post(random.pick(ODD_BODIES)),
    () => post(Buffer.from(random.bytes(random.int(1, 400)))),
    () => post(random.chance(0.02) ? largeText(random) : random.pick(ODD_BODIES)),
    () => oddHttp(random, methods),
    () => ({ kind: 'bytes', bytes: oddBytes(random) }),
    () => ({ kind: 'bytes', bytes: webSocket(random, methods) }),
  ];
  return () => random.pick(kinds)();
}

function post(body: string | Buffer): HostileRequest {
  return { kind: 'http', method: 'POST', path: '/', headers: JSON_HEADERS, body: Buffer.from(body as string) };
}

function oddCall(random: Random, methods: readonly KnownMethod[]): Record<string, unknown> {
  const method = random.pick(methods);
  const params: unknown[] = method.params.map(({ description }) => parameter(random, description));
  if (random.chance(0.1)) params.push(random.pick(ODD_VALUES));
  if (random.chance(0.1)) params.length = random.int(0, params.length);
  const call: Record<string, unknown> = { jsonrpc: '2.0', id: random.int(0, 1e6), method: method.name, params };
  if (random.chance(0.05)) call.method = random.pick([`${method.name}x`, '', 7, null, 'x'.repeat(5_000), '__proto__']);
  if (random.chance(0.05)) call.params = random.pick(ODD_VALUES);
  if (random.chance(0.05)) call.id = random.pick(ODD_VALUES);
  if (random.chance(0.03)) delete call.id;
  if (random.chance(0.03)) call.jsonrpc = random.pick(['1.0', 2, null, '']);
  return call;
}

/** Something like what `description` asks for, often wrong. */
function parameter(random: Random, description: string): unknown {
  if (random.chance(0.35)) return random.pick(ODD_VALUES);
  const hex = (size: number) => `0x${Buffer.from(random.bytes(size)).toString('hex')}`;
  const quantity = () => `0x${random.bigint(0n, random.pick([10n, 2n ** 31n, 2n ** 64n, 2n ** 256n])).toString(16)}`;
  const block = () =>
    random.pick<unknown>(['latest', 'earliest', 'pending', quantity(), '0x1', { blockHash: hex(32) }]);
  if (description.startsWith('transaction ')) return oddTransaction(random, hex, quantity);
  if (description.includes('filter') || description.includes('logs only')) {
    const list = (size: number) => Array.from({ length: random.pick([0, 1, 3, 1_100]) }, () => hex(size));
    return {
      fromBlock: block(),
      toBlock: block(),
      ...(random.chance(0.5) ? { address: random.chance(0.5) ? hex(20) : list(20) } : {}),
      ...(random.chance(0.5) ? { topics: [random.chance(0.5) ? null : list(32), hex(32), [], [null]] } : {}),
      ...(random.chance(0.1) ? { blockHash: hex(32) } : {}),
    };
  }
  if (description.includes('block')) return block();
  if (description.includes('address')) return hex(20);
  if (description.includes('hash') || description.includes('key')) return hex(32);
  if (description.includes('data')) return hex(random.pick([0, 1, 100, 20_000]));
  if (description.includes('boolean')) return random.chance(0.5);
  if (description.includes('numbers')) return Array.from({ length: random.int(0, 200) }, () => random.int(-5, 105));
  if (description.includes('newHeads')) return random.pick(['newHeads', 'logs', 'syncing']);
  return quantity();
}

function oddTransaction(random: Random, hex: (size: number) => string, quantity: () => string): unknown {
  const maybe = (name: string, value: unknown) => (random.chance(0.4) ? { [name]: value } : {});
  return {
    ...maybe('from', hex(20)),
    ...maybe('to', hex(20)),
    ...maybe('gas', quantity()),
    ...maybe('gasPrice', quantity()),
    ...maybe('maxFeePerGas', quantity()),
    ...maybe('value', quantity()),
    ...maybe('nonce', quantity()),
    ...maybe('input', hex(random.pick([0, 4, 68, 5_000]))),
    ...maybe('data', hex(4)),
    ...maybe('accessList', [
      { address: hex(20), storageKeys: Array.from({ length: random.int(0, 20) }, () => hex(32)) },
    ]),
    ...maybe('authorizationList', [{ chainId: quantity(), address: hex(20), nonce: quantity(), yParity: '0x1' }]),
    ...maybe('chainId', quantity()),
    ...maybe(random.pick(['to', 'gas', 'value', 'accessList', 'blobs']), random.pick(ODD_VALUES)),
  };
}

function batch(random: Random, methods: readonly KnownMethod[]): string {
  const count = random.chance(0.02) ? 1_001 : random.int(0, 20);
  const items = Array.from({ length: count }, () =>
    random.chance(0.1) ? random.pick(ODD_VALUES) : oddCall(random, methods),
  );
  return JSON.stringify(items);
}

function cutText(random: Random, text: string): Buffer {
  const bytes = Buffer.from(text);
  for (let left = random.int(1, 5); left > 0; left--) bytes[random.int(0, bytes.length - 1)] = random.int(0, 255);
  return random.chance(0.5) ? bytes : bytes.subarray(0, random.int(0, bytes.length));
}

/** Deep, wide and long texts up to beyond the largest body. */
function largeText(random: Random): string {
  const size = random.pick([100_000, 1_000_000, 5_300_000]);
  return random.pick([
    () => '['.repeat(size),
    () => `${'{"a":'.repeat(size / 5)}1`,
    () => `[${'1,'.repeat(size / 2)}1]`,
    () => `[${'[],'.repeat(size / 3)}1]`,
    () => `{"jsonrpc":"2.0","id":1,"method":"web3_sha3","params":["0x${'ab'.repeat(size / 2)}"]}`,
    () => `{"jsonrpc":"2.0","id":${'9'.repeat(size)},"method":"eth_chainId"}`,
    () => `{"jsonrpc":"2.0","id":1,"method":"${'x'.repeat(size)}"}`,
  ])();
}

function oddHttp(random: Random, methods: readonly KnownMethod[]): HostileRequest {
  const body = Buffer.from(JSON.stringify(oddCall(random, methods)));
  const [method, path, headers] = random.pick<[string, string, Headers]>([
    ['PUT', '/', JSON_HEADERS],
    ['DELETE', '/', {}],
    ['GET', '/', {}],
    ['GET', `/${'a'.repeat(2_000)}`, {}],
    ['GET', '/../../etc/passwd', {}],
    ['GET', '/%00%ff', {}],
    ['OPTIONS', '/', { origin: 'https://evil.example', 'access-control-request-method': 'POST' }],
    ['POST', '/rpc', JSON_HEADERS],
    ['POST', '/', { 'content-type': 'text/plain' }],
    ['POST', '/', { 'content-type': 'multipart/form-data; boundary=x' }],
    ['POST', '/', { 'content-type': 'application/json; charset=utf-16' }],
    ['POST', '/', { ...JSON_HEADERS, host: 'evil.example' }],
    ['POST', '/', { ...JSON_HEADERS, 'content-encoding': 'gzip' }],
    ['POST', '/', { ...JSON_HEADERS, 'x-long': 'y'.repeat(8_000) }],
  ]);
  return { kind: 'http', method, path, headers, body: method === 'GET' ? Buffer.alloc(0) : body };
}

function oddBytes(random: Random): Buffer {
  const head = 'POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n';
  return Buffer.from(
    random.pick<string | Buffer>([
      Buffer.from(random.bytes(random.int(1, 500))),
      Buffer.from('16030100d2010000ce0303', 'hex'), // a TLS hello
      'GET / HTTP/9.9\r\n\r\n',
      'GET\r\n\r\n',
      '\r\n\r\n\r\n',
      `GET / HTTP/1.1\r\n${'a: b\r\n'.repeat(3_000)}\r\n`,
      `${head}content-length: -1\r\n\r\n`,
      `${head}content-length: 5\r\ncontent-length: 6\r\n\r\n{}`,
      `${head}content-length: 99999999999999999999\r\n\r\n`,
      `${head}transfer-encoding: chunked\r\n\r\nzz\r\n`,
      `${head}transfer-encoding: chunked\r\ncontent-length: 3\r\n\r\n0\r\n\r\n`,
      `${head}content-length: 50\r\n\r\n{"cut":`,
      `${head}expect: 100-continue\r\ncontent-length: 3\r\n\r\n`,
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    ]) as string,
  );
}

const OPCODE = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** A handshake and some frames, among them such that break the protocol. */
function webSocket(random: Random, methods: readonly KnownMethod[]): Buffer {
  const handshake = [
    'GET / HTTP/1.1',
    'host: 127.0.0.1',
    'connection: Upgrade',
    'upgrade: websocket',
    `sec-websocket-version: ${random.chance(0.1) ? 99 : 13}`,
    `sec-websocket-key: ${random.chance(0.1) ? 'x' : Buffer.from(random.bytes(16)).toString('base64')}`,
    '\r\n',
  ].join('\r\n');
  const frames = Array.from({ length: random.int(1, 12) }, () => {
    const text = JSON.stringify(oddCall(random, methods));
    return random.pick([
      () => frame(0x80 | OPCODE.text, Buffer.from(text)),
      () => frame(0x80 | OPCODE.text, Buffer.from(batch(random, methods))),
      () => frame(0x80 | OPCODE.binary, Buffer.from(random.bytes(random.int(0, 300)))),
      () => frame(OPCODE.text, Buffer.from(text)), // a fragment whose rest never comes
      () => frame(0x80, Buffer.from(text)), // the rest of nothing
      () => frame(0x80 | OPCODE.ping, Buffer.from(random.bytes(random.int(0, 200)))),
      () => frame(0x80 | OPCODE.close, Buffer.from(random.bytes(random.int(0, 3)))),
      () => frame(0xf0 | random.int(0, 15), Buffer.from(random.bytes(20))),
      () => Buffer.from([0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), // 2^63 bytes follow
      () => Buffer.from([0x81, 0x02, 0x7b, 0x7d]), // not masked
      () => Buffer.from(random.bytes(random.int(1, 60))),
    ])();
  });
  return Buffer.concat([Buffer.from(handshake), ...frames]);
}

/** A frame as a client sends it, masked with zeros. */
function frame(first: number, payload: Buffer): Buffer {
  const length = payload.length;
  const size =
    length < 126
      ? Buffer.from([0x80 | length])
      : length < 65_536
        ? Buffer.from([0x80 | 126, length >> 8, length & 255])
        : Buffer.from([
            0x80 | 127,
            0,
            0,
            0,
            0,
            (length >>> 24) & 255,
            (length >> 16) & 255,
            (length >> 8) & 255,
            length & 255,
          ]);
  return Buffer.concat([Buffer.from([first]), size, Buffer.alloc(4), payload]);
}
