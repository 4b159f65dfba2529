import { type Address, type Hex, parseAddress } from '@heddle/primitives';
import { mnemonicInvalid } from './genesis-errors.ts';

/** An account of the user's, funded at genesis. */
export interface PrefundedAccount {
  readonly address: Address;
  readonly privateKey: Hex;
}

/** anvil's and Hardhat's: known to everybody, so never for anything of value. */
export const DEFAULT_MNEMONIC = 'test test test test test test test test test test test junk';
/** BIP-44's path for Ethereum; the account's index follows. */
export const DERIVATION_PATH = "m/44'/60'/0'/0";

/**
 * The first `count` accounts of `mnemonic`. Loads ethers, which no validator's process needs: only commands call this.
 *
 * @throws HeddleError `MNEMONIC_INVALID`
 */
export async function prefundedAccounts(mnemonic: string, count: number): Promise<PrefundedAccount[]> {
  const { HDNodeWallet, Mnemonic } = await import('ethers');
  try {
    const parent = HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(mnemonic.trim()), DERIVATION_PATH);
    return Array.from({ length: count }, (_, index) => {
      const { address, privateKey } = parent.deriveChild(index);
      return { address: parseAddress(address), privateKey: privateKey as Hex };
    });
  } catch (cause) {
    throw mnemonicInvalid(cause);
  }
}
