import { hashHeader } from '@heddle/primitives';
import { describe, expect, it } from 'vitest';
import { genesisBlock } from '../../src/genesis/genesis-block.ts';
import { type GenesisOptions, makeGenesis } from '../../src/genesis/make-genesis.ts';
import { DEFAULT_MNEMONIC, prefundedAccounts } from '../../src/genesis/prefunded-accounts.ts';

const ROOT = `0x${'11'.repeat(32)}` as const;
const options: GenesisOptions = {
  seed: 'one',
  validatorCount: 4,
  prefunded: ['0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'],
  balanceWei: 10n ** 22n,
  predeploys: 'all',
  timestamp: 1_700_000_000,
  chainId: undefined,
  gasLimit: undefined,
  elasticity: undefined,
  timestamps: undefined,
  base: undefined,
};

function base(json: unknown): Partial<GenesisOptions> {
  return { base: { file: 'mine.json', json } };
}

describe('making a genesis', () => {
  it("has anvil's chain id, gas limit and accounts, the predeploys, and validators that are not prefunded", () => {
    const { spec } = makeGenesis(options);
    expect(spec).toMatchObject({ chainId: 31337, gasLimit: 30_000_000n, elasticity: 2, timestamps: 'strict' });
    const addresses = spec.alloc.map(({ address }) => address);
    expect(addresses).toHaveLength(1 + 4 + 2);
    for (const { address, feeAddress } of spec.validators) {
      expect(addresses).not.toContain(address);
      expect(addresses).not.toContain(feeAddress);
    }
    expect(spec.alloc[0]?.balance).toBe(10n ** 22n);
    expect(makeGenesis({ ...options, predeploys: 'none' }).spec.alloc).toHaveLength(1 + 4);
  });

  it('gives one genesis hash for one seed and another for another', () => {
    const hash = (seed: string) => hashHeader(genesisBlock(makeGenesis({ ...options, seed }).spec, ROOT).header);
    expect(hash('one')).toBe(hash('one'));
    expect(hash('two')).not.toBe(hash('one'));
  });

  it("keeps the rules and accounts of the user's file and adds what is missing", () => {
    const json = {
      config: { chainId: 5, homesteadBlock: 0, heddle: { codeSizeLimit: 50_000 } },
      gasLimit: 60_000_000,
      extraData: '0x6869',
      alloc: { F39FD6E51AAD88F6F4CE6AB8827279CFFFB92266: { balance: '7' } },
    };
    const { spec } = makeGenesis({ ...options, ...base(json) });
    expect(spec).toMatchObject({ chainId: 5, gasLimit: 60_000_000n, codeSizeLimit: 50_000 });
    expect(spec.alloc).toHaveLength(7);
    expect(spec.alloc[0]?.balance).toBe(7n);
  });

  it('takes a flag that says the same as the file and refuses another with both values', () => {
    const file = base({ config: { chainId: '0x5', heddle: { timestamps: 'strict' } }, gasLimit: 60_000_000 });
    expect(makeGenesis({ ...options, ...file, chainId: 5 }).spec.chainId).toBe(5);
    expect(() => makeGenesis({ ...options, ...file, chainId: 6 })).toThrow(
      'mine.json: config.chainId is 0x5, but the flag says 6',
    );
    expect(() => makeGenesis({ ...options, ...file, gasLimit: 1n })).toThrow(
      'gasLimit is 60000000, but the flag says 1',
    );
    expect(() => makeGenesis({ ...options, ...file, timestamps: 'shared' })).toThrow(
      'config.heddle.timestamps is strict',
    );
  });

  it("refuses a file whose validators' keys it has not", () => {
    const validators = [{ address: `0x${'12'.repeat(20)}`, stake: 1, feeAddress: `0x${'34'.repeat(20)}` }];
    expect(() => makeGenesis({ ...options, ...base({ config: { heddle: { validators } } }) })).toThrow(
      'mine.json: config.heddle.validators: found ["0x1212',
    );
    const { json } = makeGenesis(options);
    expect(makeGenesis({ ...options, ...base(json) }).json).toEqual(json);
  });
});

describe('the prefunded accounts', () => {
  it("are anvil's", async () => {
    const accounts = await prefundedAccounts(DEFAULT_MNEMONIC, 10);
    expect(accounts[0]).toEqual({
      address: '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266',
      privateKey: '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80',
    });
    expect(accounts[9]?.address).toBe('0xa0ee7a142d267c1f36714e4a8f75612f20a79720');
  });

  it('need a phrase whose checksum fits', async () => {
    await expect(prefundedAccounts('test test test', 1)).rejects.toMatchObject({ code: 'MNEMONIC_INVALID' });
  });
});
