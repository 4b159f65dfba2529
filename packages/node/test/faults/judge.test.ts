import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { bytesToHex, type Hash, keccak256, signDigest, signingDomain, type Vote, voteDigest } from '@heddle/primitives';
import { accountOfKey, temporaryDirectory } from '@heddle/testkit';
import { afterAll, afterEach, expect, it } from 'vitest';
import { encodePeerMessage } from '../../src/consensus/messages.ts';
import { openWireLog } from '../../src/consensus/wire-log.ts';
import { deriveValidatorKeys } from '../../src/genesis/key-derivation.ts';
import { makeGenesis } from '../../src/genesis/make-genesis.ts';
import { type AnsweredBlock, readAnsweredBlock } from '../../test-faults/json-rpc.ts';
import { judge } from '../../test-faults/judge.ts';

// The catalogue is worth what its judge sees: each of its findings is planted once.

const directory = temporaryDirectory('judge');
const { json, spec } = makeGenesis({
  ...{ seed: 'judge', validatorCount: 4, prefunded: [], balanceWei: 1n, predeploys: 'none', timestamp: 1_700_000_000 },
  ...{ chainId: undefined, gasLimit: undefined, elasticity: undefined, timestamps: undefined, base: undefined },
});
const validators = [0, 1, 2, 3].map((index) => accountOfKey(deriveValidatorKeys('judge', index).privateKey));
const domain = signingDomain({ chainId: spec.chainId, genesisHash: hashOf('0'), era: 0 });
const HEADS = 3;
const servers: Server[] = [];
let caseCount = 0;

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});
afterAll(() => directory.remove());

it('finds nothing where nothing is wrong', async () => {
  const judgement = await judgeNodes({});
  expect(judgement).toMatchObject({ blockCount: HEADS + 1, certificateCount: 4 * HEADS, signedCount: 1 });
  const { disagreements, badCertificates, signedTwice, disappeared, unhandled, holes } = judgement;
  expect({ disagreements, badCertificates, signedTwice, disappeared, unhandled, holes }).toEqual({
    ...{ disagreements: [], badCertificates: [], signedTwice: [], disappeared: [], unhandled: [], holes: [] },
  });
});

it('finds another block, and another state in a block', async () => {
  const other = await judgeNodes({
    change: (block, node) => (node === 2 && block.number === '0x2' ? { hash: hashOf('other') } : {}),
  });
  expect(other.disagreements).toHaveLength(1);
  expect(other.badCertificates).toEqual(['block 2 on validator 2: wrong block']);
  expect(other.disappeared).toHaveLength(1);
  const state = await judgeNodes({
    change: (block, node) => (node === 1 && block.number === '0x3' ? { stateRoot: hashOf('x') } : {}),
  });
  expect(state.disagreements).toEqual([expect.stringContaining('block 3')]);
});

it('finds a certificate with too few, forged or foreign signatures, and none', async () => {
  const few = await judgeNodes({ signers: [0, 1] });
  expect(few.badCertificates).toHaveLength(4 * HEADS);
  expect(few.badCertificates[0]).toContain('not more than two thirds');
  const forged = await judgeNodes({ signers: [0, 1, 2], signAs: 3 });
  expect(forged.badCertificates[0]).toContain('wrong signature');
  const none = await judgeNodes({ signers: [] });
  expect(none.badCertificates[0]).toContain('none');
});

it('finds who signed twice in any two logs, and is not misled by a forgery', async () => {
  const twice = await judgeNodes({
    said: [
      [0, vote(1, 'a')],
      [3, vote(1, 'b')],
    ],
  });
  expect(twice.signedTwice).toEqual([{ validator: validators[1]?.address, what: expect.stringContaining('prevote') }]);
  const forged = await judgeNodes({
    said: [
      [0, vote(1, 'a')],
      [3, { ...vote(1, 'b'), signature: vote(2, 'b').signature }],
    ],
  });
  expect(forged.signedTwice).toEqual([]);
  const nil = await judgeNodes({
    said: [
      [0, vote(1, 'a')],
      [0, vote(1, undefined)],
    ],
  });
  expect(nil.signedTwice).toHaveLength(1);
});

it('finds a returned block that no node has any more, errors in logs, and holes in an audit', async () => {
  const gone = readAnsweredBlock(rawBlock(HEADS + 1));
  const judgement = await judgeNodes({
    returned: [gone],
    log: ['{"msg":"UnhandledPromiseRejection"}', '{"msg":"the wire log has a hole"}'],
  });
  expect(judgement.disappeared).toHaveLength(4);
  expect(judgement.unhandled).toHaveLength(1);
  expect(judgement.holes).toHaveLength(1);
});

type RawBlock = ReturnType<typeof rawBlock>;

interface Plan {
  /** What node `node` answers otherwise. */
  readonly change?: (block: RawBlock, node: number) => Partial<RawBlock>;
  readonly signers?: readonly number[];
  /** The validator whose key signs for the last of the signers. */
  readonly signAs?: number | undefined;
  /** Votes in the wire log of a node; one honest vote by default. */
  readonly said?: readonly (readonly [number, Vote])[];
  readonly returned?: readonly AnsweredBlock[];
  readonly log?: readonly string[];
}

async function judgeNodes({
  change = () => ({}),
  signers = [0, 1, 2],
  signAs,
  said = [[0, vote(1, 'a')]],
  returned = [],
  log = [],
}: Plan) {
  const root = join(directory.path, String(caseCount++));
  const folders = [0, 1, 2, 3].map((node) => join(root, `validator-${node}`));
  for (const folder of folders) mkdirSync(folder, { recursive: true });
  writeFileSync(join(root, 'genesis.json'), JSON.stringify(json));
  writeFileSync(join(root, 'validator-2', 'node.log'), log.join('\n'));
  for (const [node, one] of said) {
    const wire = openWireLog(join(root, 'wires'), `validator-${node}`, () => undefined);
    wire.note('received', 'peer', encodePeerMessage({ type: 'vote', vote: one }));
    wire.close();
  }
  appendFileSync(join(root, 'wires', `validator-0-${process.pid}.wire`), '{"at":1,"dir'); // a killed process
  const urls = await Promise.all(folders.map((_, node) => serve(node, { change, signers, signAs })));
  const blocks = [0, 1, 2, 3].map((number) => readAnsweredBlock(rawBlock(number)));
  return judge({
    genesisFile: join(root, 'genesis.json'),
    wireLogFolder: join(root, 'wires'),
    urls,
    returned: new Map([...blocks, ...returned].map((block) => [block.number, block])),
    logFolders: folders,
  });
}

/** A node that answers the three methods by which it is judged. */
async function serve(
  node: number,
  plan: Required<Pick<Plan, 'change' | 'signers'>> & Pick<Plan, 'signAs'>,
): Promise<string> {
  const answer = (method: string, number: number): unknown => {
    if (method === 'eth_blockNumber') return `0x${HEADS.toString(16)}`;
    const block = rawBlock(number);
    if (method === 'eth_getBlockByNumber') return { ...block, ...plan.change(block, node) };
    return number === 0 || plan.signers.length === 0 ? null : certificate(number, plan);
  };
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const calls: { id: number; method: string; params: string[] }[] = JSON.parse(body);
    const answers = calls.map(({ id, method, params }) => ({ id, result: answer(method, Number(params[0] ?? 0)) }));
    response.end(JSON.stringify(answers));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function rawBlock(number: number) {
  return {
    number: `0x${number.toString(16)}`,
    hash: hashOf(String(number)),
    stateRoot: hashOf(`state ${number}`),
    parentHash: hashOf(String(number - 1)),
    miner: `0x${'00'.repeat(20)}`,
    extraData: '0x00000000000003e8',
    transactions: [],
  };
}

function certificate(
  height: number,
  { signers, signAs }: Pick<Plan, 'signAs'> & { readonly signers: readonly number[] },
) {
  const blockId = hashOf(String(height));
  const signatures = signers.map((index, place) => {
    const key = place === signers.length - 1 ? (signAs ?? index) : index;
    const unsigned = { kind: 'precommit', height, round: 0, blockId } as const;
    const signature = signDigest(voteDigest(domain, unsigned), validators[key]?.privateKey ?? new Uint8Array(32));
    return { validator: validators[index]?.address, signature: bytesToHex(signature) };
  });
  return { height: `0x${height.toString(16)}`, round: '0x0', blockId, signatures };
}

/** A prevote at 7/1; undefined: for nothing. */
function vote(index: number, block: string | undefined): Vote {
  const unsigned = {
    kind: 'prevote',
    height: 7,
    round: 1,
    blockId: block === undefined ? undefined : hashOf(block),
  } as const;
  const { address, privateKey } = validators[index] ?? accountOfKey(new Uint8Array(32));
  return { ...unsigned, validator: address, signature: signDigest(voteDigest(domain, unsigned), privateKey) };
}

function hashOf(text: string): Hash {
  return bytesToHex(keccak256(Buffer.from(text)));
}
