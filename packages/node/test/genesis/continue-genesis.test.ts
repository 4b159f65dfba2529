import { join } from 'node:path';
import { bytesToHex, ZERO_HASH } from '@heddle/primitives';
import { createRandom, temporaryDirectory } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { readJsonFile, replaceFileByPieces, replaceJsonFile } from '../../src/files/text-files.ts';
import { chainTagOf } from '../../src/genesis/chain-tag.ts';
import { type ContinuedGenesisOptions, continueGenesis } from '../../src/genesis/continue-genesis.ts';
import { genesisText, readGenesisHead } from '../../src/genesis/genesis-file.ts';
import { readGenesis } from '../../src/genesis/read-genesis.ts';

const HASH = `0x${'b5'.repeat(32)}` as const;
const OTHER = `0x${'07'.repeat(32)}` as const;
/** A chain of geth's that came to Prague, with blobs of its own. */
const json = {
  config: {
    chainId: 5,
    londonBlock: 0,
    terminalTotalDifficulty: 0,
    ...{ shanghaiTime: 0, cancunTime: 10, pragueTime: 20 },
    blobSchedule: { prague: { target: 4, max: 8, baseFeeUpdateFraction: 5_000_000 } },
  },
  gasLimit: '0x5f5e100',
  difficulty: '0x1',
  extraData: '0x6869',
};
const base = { file: 'imported/genesis.json', json, number: 54, hash: HASH, gasLimit: 200_000_000n };
const options: ContinuedGenesisOptions = {
  seed: 'one',
  validatorCount: 4,
  chainId: undefined,
  gasLimit: undefined,
  elasticity: undefined,
  timestamps: undefined,
  base,
};

const withBase = (change: Partial<ContinuedGenesisOptions['base']>) => ({ ...options, base: { ...base, ...change } });

function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'accepted';
}

describe('the genesis.json of validators that go on from a block', () => {
  it("is the chain's own, with the block, its gas limit and who goes on", () => {
    const made = continueGenesis(options);
    const rest = made.spec;
    expect(made.json).toMatchObject({ gasLimit: '0x5f5e100', extraData: '0x6869' });
    expect(rest).toMatchObject({ chainId: 5, base: { number: 54, hash: HASH }, gasLimit: 200_000_000n });
    expect(rest.validators).toHaveLength(4);
  });

  it('goes by the newest fork of the chain, its blobs and its caps', () => {
    const { spec } = continueGenesis(options);
    expect(spec).toMatchObject({ fork: 'prague', transactionGasCap: undefined, requestContracts: 'required' });
    expect(spec.blobs).toEqual({ target: 4, max: 8, baseFeeUpdateFraction: 5_000_000n });
    const osaka = { ...json, config: { ...json.config, osakaTime: 30 } };
    expect(continueGenesis(withBase({ json: osaka })).spec).toMatchObject({
      fork: 'osaka',
      transactionGasCap: 1n << 24n,
    });
  });

  it('goes on from a chain of Heddle by its rules, unless a flag chooses others', () => {
    const heddle = { validators: continueGenesis(options).spec.validators.map(textOf), codeSizeLimit: 50_000 };
    const own = {
      config: { chainId: 5, heddle: { ...heddle, elasticity: 4, timestamps: 'shared' } },
      gasLimit: 60_000,
    };
    const next = continueGenesis({ ...withBase({ json: own, gasLimit: 60_000n }), seed: 'two' });
    expect(next.spec).toMatchObject({ fork: 'osaka', codeSizeLimit: 50_000, elasticity: 4, timestamps: 'shared' });
    const chosen = continueGenesis({ ...withBase({ json: own }), elasticity: 1, timestamps: 'strict' });
    expect(chosen.spec).toMatchObject({ elasticity: 1, timestamps: 'strict', codeSizeLimit: 50_000 });
    const later = continueGenesis({ ...withBase({ json: next.json, number: 60, hash: OTHER }), seed: 'three' });
    expect(later.spec).toMatchObject({ base: { number: 60, hash: OTHER }, codeSizeLimit: 50_000 });
    const sooner = withBase({ json: next.json, number: 53 });
    expect(refusal(() => continueGenesis(sooner))).toContain('config.heddle.base.heddle.base.number: found 54');
  });

  it('refuses flags that the chain contradicts, with both values', () => {
    expect(refusal(() => continueGenesis({ ...options, chainId: 6 }))).toContain('chainId is 5, but the flag says 6');
    expect(refusal(() => continueGenesis({ ...options, gasLimit: 1n }))).toContain(
      'the gas limit at block 54 is 200000000, but the flag says 1',
    );
    expect(continueGenesis({ ...options, chainId: 5, gasLimit: 200_000_000n }).spec.chainId).toBe(5);
  });

  it('is refused where its base is none', () => {
    const { json: made } = continueGenesis(options);
    const config = made.config as { heddle: { base: object } };
    const changed = (change: object) => {
      const heddle = { ...config.heddle, base: { ...config.heddle.base, ...change } };
      return refusal(() => readGenesis({ ...made, config: { ...config, heddle } }));
    };
    expect(changed({})).toBe('accepted');
    expect(changed({ number: -1 })).toContain('config.heddle.base.number: found -1');
    expect(changed({ hash: '0x12' })).toContain('config.heddle.base.hash: found "0x12"');
    expect(changed({ gasLimit: undefined })).toContain('config.heddle.base.gasLimit');
    expect(changed({ extra: 1 })).toContain('config.heddle.base.extra: found 1, expected no such field');
  });

  it('is written with all of the alloc, which is never held', () => {
    const folder = temporaryDirectory('continue-genesis');
    try {
      const file = join(folder.path, 'genesis.json');
      const random = createRandom('alloc');
      const accounts = Array.from({ length: 3_000 }, () => [
        bytesToHex(random.bytes(20)),
        { balance: '7', code: '0x5b' },
      ]);
      for (const alloc of [Object.fromEntries(accounts), {}]) {
        replaceJsonFile(file, { alloc, ...json });
        const made = continueGenesis(withBase({ file, json: readGenesisHead(file) }));
        replaceFileByPieces(join(folder.path, 'next.json'), genesisText(made.json, file));
        expect(readJsonFile(join(folder.path, 'next.json'))).toEqual({ ...made.json, alloc });
      }
    } finally {
      folder.remove();
    }
  });

  it('makes another chain of each block, seed and rule, though the genesis block is the same', () => {
    const tagOf = (one: ContinuedGenesisOptions) => chainTagOf(ZERO_HASH, continueGenesis(one).spec);
    const { blobSchedule: _, ...config } = json.config;
    const ruledBy = (other: object) => withBase({ json: { ...json, config: other } });
    const others = [
      ruledBy({ ...json.config, osakaTime: 30 }),
      ruledBy({ ...json.config, depositContractAddress: `0x${'de'.repeat(20)}` }),
      ruledBy(config),
      withBase({ number: 55 }),
      withBase({ hash: OTHER }),
      withBase({ gasLimit: 100_000_000n }),
      { ...options, seed: 'two' },
      { ...options, elasticity: 1 },
    ];
    expect(new Set([options, ...others].map(tagOf)).size).toBe(others.length + 1);
    expect(tagOf(options)).toBe(tagOf({ ...options }));
    const { base: __, ...ordinary } = continueGenesis(options).spec;
    expect(chainTagOf(HASH, ordinary)).toBe(HASH);
  });
});

function textOf({ address, feeAddress, stake }: { address: string; feeAddress: string; stake: bigint }) {
  return { address, feeAddress, stake: String(stake) };
}
