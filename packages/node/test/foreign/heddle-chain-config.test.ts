import { createEthereumjsEngine, genesisOperations } from '@heddle/executor';
import { temporaryDirectory, transfer } from '@heddle/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { heddleChainConfig } from '../../src/foreign/heddle-chain-config.ts';
import { createMemoryChains, type MemoryChain } from '../../src/foreign/memory-chain.ts';
import { genesisBlock } from '../../src/genesis/genesis-block.ts';
import {
  ACCOUNTS,
  ALICE,
  build,
  commitJob,
  openService,
  type ServiceUnderTest,
  testSpec,
} from '../execution/execution-fixture.ts';

describe('a Heddle chain by its blocks alone', () => {
  const folder = temporaryDirectory('foreign');
  const chains = createMemoryChains(createEthereumjsEngine);
  let service: ServiceUnderTest;
  const blocks: Uint8Array[] = [];

  // Two blocks in one second, and one after it.
  beforeAll(async () => {
    service = await openService(`${folder.path}/database`, testSpec({ timestamps: 'shared' }));
    for (const [nonce, afterMs] of [1_000, 300, 1_000].entries()) {
      const block = await build(service, {
        transactions: [transfer(ALICE, ACCOUNTS[1] ?? ALICE, 5n, { nonce })],
        afterMs,
      });
      await service.service.commit(commitJob(block, service));
      blocks.push(block.block);
    }
  });
  afterAll(async () => {
    await service.close();
    folder.remove();
  });

  function begin(timestamps: 'strict' | 'shared'): MemoryChain {
    const { spec } = service;
    const genesis = genesisBlock(spec, genesisOperations(spec.alloc).stateRoot);
    return chains.begin({ config: heddleChainConfig({ ...spec, timestamps }), alloc: spec.alloc, genesis });
  }

  it('is accepted again, to the same head', async () => {
    const chain = begin('shared');
    for (const bytes of blocks) expect(await chain.add(bytes)).toMatchObject({ status: 'accepted' });
    expect(chain.head().hash).toBe(service.service.head.hash);
  });

  it('is refused by a strict spec at the block that shares a second with its parent', async () => {
    const chain = begin('strict');
    expect(await chain.add(blocks[0] as Uint8Array)).toMatchObject({ status: 'accepted' });
    expect(await chain.add(blocks[1] as Uint8Array)).toMatchObject({
      status: 'refused',
      kind: 'header',
      reason: expect.stringMatching(/^timestamp: .* is not above the parent's/),
    });
  });
});
