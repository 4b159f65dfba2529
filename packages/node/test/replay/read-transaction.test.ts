import { decodeTransaction, type Transaction } from '@heddle/primitives';
import { signedTransaction, testAccount } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { JsonField } from '../../src/files/json-field.ts';
import { readTransaction } from '../../src/replay/read-transaction.ts';
import { shownTransaction } from './traced-block.ts';

const sender = testAccount(0);
const word = `0x${'ab'.repeat(32)}` as const;
const accessList = [{ address: testAccount(1).address, storageKeys: [word] }];
const authorization = {
  ...{ chainId: 0n, address: testAccount(2).address, nonce: 7n },
  ...{ yParity: 1n, r: 5n, s: 6n },
};

const read = (json: unknown) => readTransaction(new JsonField('block.json', 'transactions[0]', json));

describe('a transaction as eth_getBlockByNumber shows it', () => {
  it.each<[string, Transaction]>([
    ['legacy', signedTransaction(sender, { type: 0 })],
    ['legacy without EIP-155', signedTransaction(sender, { type: 0, chainId: undefined, data: Buffer.from('data') })],
    ['with an access list', signedTransaction(sender, { type: 1, accessList })],
    ['creating', signedTransaction(sender, { type: 2, to: undefined, nonce: 300, accessList })],
    ['with blobs', signedTransaction(sender, { type: 3, maxFeePerBlobGas: 9n, blobVersionedHashes: [word] })],
    ['setting code', signedTransaction(sender, { type: 4, authorizationList: [authorization] })],
  ])('is put together again: %s', (_, transaction) => {
    const shown = JSON.parse(JSON.stringify(shownTransaction(transaction)));
    expect(read(shown)).toEqual(decodeTransaction(transaction.raw));
  });

  it('is refused where its fields do not come to its hash', () => {
    const shown = { ...shownTransaction(signedTransaction(sender)), value: '0x2' };
    expect(() => read(shown)).toThrow(/transactions\[0\]\.hash: found "0x.*which its fields come to/);
  });

  it('is asked for where there is its hash alone', () => {
    expect(() => read(word)).toThrow('ask eth_getBlockByNumber with true');
  });

  it('is refused with a type that nobody here knows', () => {
    const shown = { ...shownTransaction(signedTransaction(sender)), type: '0x7e' };
    expect(() => read(shown)).toThrow('transactions[0].type: found "0x7e", expected a whole number from 0 to 4');
  });
});
