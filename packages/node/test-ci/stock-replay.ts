import { createBlockFromRPC } from '@ethereumjs/block';
import { Common, Hardfork, Mainnet } from '@ethereumjs/common';
import { MerkleStateManager } from '@ethereumjs/statemanager';
import { Account, Address, bytesToHex, hexToBytes, type PrefixedHexString } from '@ethereumjs/util';
import { createVM, runBlock } from '@ethereumjs/vm';
import type { RpcClient } from '@heddle/testkit';

/** A genesis.json's alloc, as geth writes it. */
type Alloc = Readonly<
  Record<
    string,
    {
      readonly balance?: string;
      readonly nonce?: string;
      readonly code?: string;
      readonly storage?: Record<string, string>;
    }
  >
>;

/** What the replay of a chain came to. */
export interface StockReplay {
  readonly blocks: number;
  readonly transactions: number;
}

/**
 * Executes blocks 1 to `to` again with the stock `runBlock` of `@ethereumjs/vm`, from the genesis alloc, none of our code
 * between. Throws where a state root, receipts root, bloom or gas used differs from the header's.
 */
export async function replayWithStock(
  client: RpcClient,
  genesis: { readonly config: { readonly chainId: number }; readonly alloc: Alloc },
  to: number,
): Promise<StockReplay> {
  const common = new Common({
    chain: { ...Mainnet, chainId: genesis.config.chainId },
    hardfork: Hardfork.Osaka,
  });
  const stateManager = new MerkleStateManager({ common });
  const vm = await createVM({ common, stateManager });
  await putAlloc(stateManager, genesis.alloc);
  const genesisBlock = await client.call('eth_getBlockByNumber', '0x0', false);
  const root = bytesToHex(await stateManager.getStateRoot());
  if (root !== genesisBlock.stateRoot)
    throw new Error(`genesis: stock root ${root}, the chain's ${genesisBlock.stateRoot}`);
  let transactions = 0;
  for (let number = 1; number <= to; number++) {
    const raw = await client.call('eth_getBlockByNumber', `0x${number.toString(16)}`, true);
    const block = createBlockFromRPC(raw, [], { common, setHardfork: false });
    if (bytesToHex(block.hash()) !== raw.hash) throw new Error(`block ${number}: its hash is not that of its fields`);
    // Seals and gas limits are Heddle's own; what executing yields is compared inside runBlock.
    await runBlock(vm, { block, skipHeaderValidation: true, skipBalance: false });
    transactions += block.transactions.length;
  }
  return { blocks: to, transactions };
}

async function putAlloc(stateManager: MerkleStateManager, alloc: Alloc): Promise<void> {
  for (const [key, { balance = '0x0', nonce = '0x0', code, storage = {} }] of Object.entries(alloc)) {
    const address = new Address(hexToBytes(prefixed(key)));
    await stateManager.putAccount(address, new Account(BigInt(nonce), BigInt(balance)));
    if (code !== undefined && code !== '0x') await stateManager.putCode(address, hexToBytes(prefixed(code)));
    for (const [slot, value] of Object.entries(storage)) {
      await stateManager.putStorage(address, word(slot), trimmed(word(value)));
    }
  }
  await stateManager.flush();
}

function prefixed(hex: string): PrefixedHexString {
  return hex.startsWith('0x') ? (hex as PrefixedHexString) : `0x${hex}`;
}

function word(hex: string): Uint8Array {
  return hexToBytes(`0x${BigInt(prefixed(hex)).toString(16).padStart(64, '0')}`);
}

function trimmed(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte !== 0);
  return first === -1 ? new Uint8Array(0) : bytes.subarray(first);
}
