import { advanceHeight, decodeValidatorSet, encodeValidatorSet } from '@heddle/consensus';
import {
  type ChainSpec,
  encodeCommitCertificate,
  HeddleError,
  type SigningDomain,
  signDigest,
  signingDomain,
  voteDigest,
} from '@heddle/primitives';
import { createFakeClock, type TestAccount } from '@heddle/testkit';
import { packBytes } from '../../src/pool/packed-bytes.ts';
import { FakeExecution, FakeStore, fakeSpec, fakeTransaction } from './fake-chain.ts';

/** A chain that was decided some time ago. */
export interface FakeHistory {
  readonly spec: ChainSpec;
  readonly domain: SigningDomain;
  readonly keys: readonly TestAccount[];
  readonly store: FakeStore;
}

/** `count` blocks, with certificates of three of four validators. */
export async function fakeHistory(
  count: number,
  block: { readonly transactions: number; readonly transactionBytes: number },
): Promise<FakeHistory> {
  const genesisSeconds = 1_800_000_000;
  const { spec, keys } = fakeSpec(4, genesisSeconds, 'shared');
  const store = new FakeStore(spec);
  const domain = signingDomain({ chainId: spec.chainId, genesisHash: store.head.hash, era: 0 });
  const clock = createFakeClock();
  const execution = new FakeExecution(spec, store, { ...clock, schedule: (_ms, callback) => runSoon(callback) });
  for (let height = 1; height <= count; height++) {
    const { head } = store;
    const raws = Array.from({ length: block.transactions }, (_, index) =>
      fakeTransaction(`${height}/${index} `.padEnd(block.transactionBytes, '.')),
    );
    const answer = await execution.build({
      parentHash: head.hash,
      timestampMs: genesisSeconds * 1_000 + height * 50,
      beneficiary: spec.validators[height % 4]?.feeAddress ?? `0x${'00'.repeat(20)}`,
      candidates: { raws: packBytes(raws), senders: [] },
      timeBudgetMs: 1_000,
      cancel: new SharedArrayBuffer(4),
    });
    if (answer.status !== 'built') throw new HeddleError('TEST', 'not built');
    const { blockId, block: bytes } = answer;
    const digest = voteDigest(domain, { kind: 'precommit', height, round: 0, blockId });
    const signatures = keys.slice(0, 3).map(({ address, privateKey }) => {
      return { validator: address, signature: signDigest(digest, privateKey) };
    });
    const certificate = encodeCommitCertificate({ height, round: 0, blockId, signatures });
    const nextValidators = encodeValidatorSet(advanceHeight(decodeValidatorSet(head.nextValidators)));
    await execution.commit({
      blockId,
      block: bytes,
      senders: [],
      certificate,
      validators: head.nextValidators,
      nextValidators,
    });
  }
  return { spec, domain, keys, store };
}

function runSoon(callback: () => void): () => void {
  queueMicrotask(callback);
  return () => undefined;
}
