import { ZERO_HASH } from '@heddle/primitives';
import { describe, expect, it } from 'vitest';
import { canonicalHeddleConfig, hashHeddleConfig } from '../../src/genesis/heddle-config.ts';
import { readGenesis } from '../../src/genesis/read-genesis.ts';

const ALICE = `0x${'a1'.repeat(20)}`;
const FEES = `0x${'fe'.repeat(20)}`;
const validator = { address: ALICE, stake: '32', feeAddress: FEES };
const minimal = { config: { chainId: 31337, heddle: { validators: [validator] } }, gasLimit: '0x1c9c380', alloc: {} };

function withHeddle(fields: object): object {
  return { ...minimal, config: { chainId: 31337, heddle: { validators: [validator], ...fields } } };
}

function refusal(json: unknown): string {
  try {
    readGenesis(json, 'g.json');
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'accepted';
}

describe('reading a genesis.json', () => {
  it('fills in the defaults of a devnet', () => {
    const spec = readGenesis(minimal);
    expect(spec).toMatchObject({
      chainId: 31337,
      fork: 'osaka',
      transactionGasCap: 16_777_216n,
      codeSizeLimit: 24_576,
      initialBaseFee: 1_000_000_000n,
      elasticity: 2,
      baseFeeDenominator: 8,
      timestamps: 'strict',
      gasLimit: 30_000_000n,
      genesisTimestamp: 0,
      genesisMixHash: ZERO_HASH,
      validators: [{ address: ALICE, stake: 32n, feeAddress: FEES }],
      alloc: [],
    });
  });

  it("takes what geth's own files hold: forks at 0, addresses without 0x, numbers of every form", () => {
    const spec = readGenesis({
      ...minimal,
      config: {
        ...minimal.config,
        homesteadBlock: 0,
        osakaTime: '0x0',
        terminalTotalDifficulty: 0,
        terminalTotalDifficultyPassed: true,
        ethash: {},
        blobSchedule: { cancun: { target: 3, max: 6, baseFeeUpdateFraction: 3338477 } },
      },
      nonce: '0x0',
      difficulty: '0x0',
      excessBlobGas: null,
      timestamp: '1700000000',
      alloc: {
        ['AB'.repeat(20)]: { balance: '1000000000000000000000', nonce: 1 },
        [`0x${'cd'.repeat(20)}`]: { code: '0x00', storage: { '0x1': '0x02', [`${'00'.repeat(31)}03`]: '0x0' } },
      },
    });
    expect(spec.genesisTimestamp).toBe(1_700_000_000);
    expect(spec.alloc).toHaveLength(2);
    expect(spec.alloc[0]).toMatchObject({ address: `0x${'ab'.repeat(20)}`, balance: 10n ** 21n, nonce: 1n });
    expect([...(spec.alloc[1]?.storage ?? [])]).toEqual([[`0x${'00'.repeat(31)}01`, `0x${'00'.repeat(31)}02`]]);
  });

  it('takes the first base fee from baseFeePerGas, where geth has it', () => {
    expect(readGenesis({ ...minimal, baseFeePerGas: '0x7' }).initialBaseFee).toBe(7n);
    expect(refusal({ ...withHeddle({ initialBaseFee: 8 }), baseFeePerGas: '0x7' })).toContain(
      'baseFeePerGas: found "0x7"',
    );
  });

  it('leaves out accounts that would be empty', () => {
    expect(readGenesis({ ...minimal, alloc: { [FEES.replaceAll('e', 'c')]: { balance: '0' } } }).alloc).toEqual([]);
  });

  it('lifts the gas cap of a transaction with null', () => {
    expect(readGenesis(withHeddle({ transactionGasCap: null })).transactionGasCap).toBeUndefined();
  });

  it('hashes the config in one spelling, however the file spells it', () => {
    const file = withHeddle({ initialBaseFee: '0x3B9ACA00', transactionGasCap: '16777216' });
    const { genesisExtraData, base: _, ...spelled } = readGenesis(file);
    expect(genesisExtraData).toBe(readGenesis(minimal).genesisExtraData);
    expect(readGenesis(withHeddle({ elasticity: 1 })).genesisExtraData).not.toBe(genesisExtraData);
    expect(canonicalHeddleConfig(spelled)).toBe(
      `{"baseFeeDenominator":8,"codeSizeLimit":24576,"elasticity":2,"initialBaseFee":"0x3b9aca00","timestamps":"strict",` +
        `"transactionGasCap":"0x1000000","validators":[{"address":"${ALICE}","feeAddress":"${FEES}","stake":"0x20"}]}`,
    );
    expect(readGenesis({ ...minimal, extraData: hashHeddleConfig(spelled) }).genesisExtraData).toBe(genesisExtraData);
  });
});

describe('a genesis.json that cannot be', () => {
  it.each<[string, unknown, string]>([
    ['no object', [], 'g.json: found [], expected an object'],
    [
      'no chain id',
      { ...minimal, config: { heddle: { validators: [validator] } } },
      'g.json: config.chainId: found nothing, expected a whole number from 1',
    ],
    ['a misspelt field', { ...minimal, gasLimt: 1 }, 'g.json: gasLimt: found 1, expected no such field here'],
    ['no gas limit', { ...minimal, gasLimit: undefined }, 'gasLimit: found nothing'],
    [
      'a gas limit below 5,000',
      { ...minimal, gasLimit: 4_999 },
      'gasLimit: found 4999, expected a whole number from 5000',
    ],
    ['no validators', withHeddle({ validators: [] }), 'config.heddle.validators: found [], expected 1 to 100'],
    ['an unknown rule', withHeddle({ timestamp: 'x' }), 'config.heddle.timestamp: found "x", expected no such field'],
    [
      'another rule of time',
      withHeddle({ timestamps: 'x' }),
      'config.heddle.timestamps: found "x", expected one of "strict"',
    ],
    ['elasticity 0', withHeddle({ elasticity: 0 }), 'config.heddle.elasticity: found 0'],
    [
      'a stake of nothing',
      withHeddle({ validators: [{ ...validator, stake: '0' }] }),
      'validators[0].stake: found "0"',
    ],
    [
      'too much stake',
      withHeddle({
        validators: [
          validator,
          {
            address: FEES.replace('fe', 'aa'),
            stake: `0x${'1'.padEnd(16, '0')}`,
            feeAddress: ALICE.replace('a1', 'bb'),
          },
        ],
      }),
      'validators[1].stake: found "0x1000000000000000", expected stakes whose sum is at most 2^60',
    ],
    [
      'one validator twice',
      withHeddle({ validators: [validator, { ...validator, feeAddress: FEES.replace('fe', 'bb') }] }),
      'validators[1].address',
    ],
    ['a prefunded fee address', { ...minimal, alloc: { [FEES]: { balance: 1 } } }, 'validators[0].feeAddress'],
    [
      'a fork that is not at 0',
      { ...minimal, config: { ...minimal.config, osakaTime: 5 } },
      'config.osakaTime: found 5, expected 0',
    ],
    [
      'a fork that is to come',
      { ...minimal, config: { ...minimal.config, amsterdamTime: 0 } },
      'config.amsterdamTime: found 0',
    ],
    ['work to be proved', { ...minimal, difficulty: '0x20000' }, 'difficulty: found "0x20000", expected 0'],
    ["another tool's extraData", { ...minimal, extraData: '0x6869' }, 'extraData: found "0x6869", expected nothing'],
    ['an unsafe number', { ...minimal, alloc: { [ALICE]: { balance: 1e21 } } }, 'above 2^53 in quotes'],
    [
      'a key that is no address',
      { ...minimal, alloc: { alice: {} } },
      'alloc.alice: found {}, expected an address as the key',
    ],
    [
      'one address in two spellings',
      {
        ...minimal,
        alloc: { [ALICE]: {}, [ALICE.slice(2)]: { nonce: 1 }, [ALICE.replace('0x', '').toUpperCase()]: { nonce: 1 } },
      },
      'each address once',
    ],
    ['code of odd length', { ...minimal, alloc: { [ALICE]: { code: '0x0' } } }, `alloc.${ALICE}.code: found "0x0"`],
    [
      'storage of nothing',
      { ...minimal, alloc: { [ALICE]: { storage: { '0x1': '0x1' } } } },
      'a balance, a nonce or code',
    ],
  ])('is refused with its place and what should stand there: %s', (_, json, expected) => {
    expect(refusal(json)).toContain(expected);
  });
});
