import { bytesToBigInt, bytesToHex, type Hash, toQuantity, ZERO_HASH } from '@heddle/primitives';
import { asStateError, stateHeader } from '../block-lookup.ts';
import { rpcErrors } from '../errors.ts';
import { defineMethod } from '../method.ts';
import { blockId, LATEST } from '../params/block-id.ts';
import { address, type ProofKey, storageKeys } from '../params/bytes.ts';
import { optional, required } from '../params/parameter.ts';
import type { AccountProof } from '../ports.ts';

/** `eth_getProof` */
export const eth_getProof = defineMethod({
  name: 'eth_getProof',
  summary: 'An account and slots of it with the trie nodes that prove them, also that there are none (EIP-1186).',
  params: [required('address', address), required('storageKeys', storageKeys), optional('block', blockId, LATEST)],
  result: '{address, balance, nonce, codeHash, storageHash, accountProof, storageProof [{key, value, proof}]}',
  concurrency: 8, // as eth_call
  async handle([account, keys, id], context) {
    const { proofSlotCount } = context.limits;
    if (keys.length > proofSlotCount) throw rpcErrors.tooManySlots(proofSlotCount, keys.length);
    const { header } = stateHeader(context.view(), id);
    const slots = keys.map(({ slot }) => slot);
    const proof = await context.ports.query.proof(account, slots, header.number).catch((error) => {
      throw asStateError(error, header.stateRoot);
    });
    return { address: account, ...proofJson(proof, keys) };
  },
});

/** As geth: an account that does not exist has hashes of zeros, not those of no code and no storage. */
function proofJson({ account, storageRoot, accountNodes, slots }: AccountProof, keys: readonly ProofKey[]) {
  return {
    balance: toQuantity(account?.balance ?? 0n),
    nonce: toQuantity(account?.nonce ?? 0n),
    codeHash: account?.codeHash ?? ZERO_HASH,
    storageHash: (storageRoot ? bytesToHex(storageRoot) : ZERO_HASH) satisfies Hash,
    accountProof: accountNodes.map((node) => bytesToHex(node)),
    storageProof: slots.map(({ value, nodes }, index) => ({
      key: keys[index]?.shown,
      value: toQuantity(bytesToBigInt(value)),
      proof: nodes.map((node) => bytesToHex(node)),
    })),
  };
}
