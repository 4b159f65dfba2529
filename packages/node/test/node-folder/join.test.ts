import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { freePort, temporaryDirectory } from '@heddle/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import { joinChain } from '../../src/node-folder/full-node-folder.ts';
import { joinInfoOf } from '../../src/node-folder/join.ts';
import { nodeConfigOf } from '../../src/node-folder/node-config.ts';

const folder = temporaryDirectory('join');
const chain = join(folder.path, 'chain');
afterAll(() => folder.remove());

/** A node that answers `heddle_getJoinInfo` with `result` (a JSON text). */
async function serving<T>(result: string, use: (url: string) => Promise<T>): Promise<T> {
  const port = await freePort();
  const server = createServer((_, response) => response.end(`{"jsonrpc":"2.0","id":1,${result}}`));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  try {
    return await use(`http://127.0.0.1:${port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe('joining a chain', () => {
  it('through a running node: its genesis, its peers and itself', async () => {
    const startNode = async () => Promise.reject(new Error('not started here'));
    await runProgram(['genesis', '--out', chain, '--validators', '2', '--accounts', '0', '--block-time', '0.5'], {
      startNode,
    });
    const config = nodeConfigOf(join(chain, 'validator-0'));
    const self = { peerId: '12D3KooWself', multiaddr: '/dns4/here/tcp/1', validator: undefined };
    const info = joinInfoOf(config, self);
    expect(info).toMatchObject({ blockTime: 0.5, peers: [self, {}] });

    const full = join(folder.path, 'full');
    await serving(`"result":${JSON.stringify(info)}`, (url) => joinChain(full, url));
    expect(nodeConfigOf(full)).toMatchObject({
      validator: undefined,
      instanceId: config.instanceId,
      network: { peers: info.peers },
      blockTimeMs: 500,
    });
  });

  it.each<[string, string, string]>([
    ['an older node', '"error":{"code":-32601,"message":"no such method"}', 'answers {"code":-32601'],
    ['nonsense', '"result":{"genesis":1}', 'instanceId: found nothing'],
  ])('fails with one clear reason with %s', async (_, result, expected) => {
    const target = join(folder.path, 'none');
    await expect(serving(result, (url) => joinChain(target, url))).rejects.toMatchObject({
      message: expect.stringContaining(expected),
    });
    expect(existsSync(target)).toBe(false);
  });

  it("refuses a folder that is not a node's", async () => {
    writeFileSync(join(folder.path, 'mine.txt'), '');
    await expect(joinChain(folder.path, join(chain, 'devnet.json'))).rejects.toMatchObject({
      code: 'NODE_FOLDER_FOREIGN',
    });
  });
});
