import { createRandom, fuzzDecoder, type Random, seedFromEnvironment } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import {
  type Block,
  decodeBlock,
  decodeHeader,
  encodeBlock,
  encodeHeader,
  type Header,
  hashHeader,
  hashOmmers,
} from '../src/block.ts';
import { bigIntToBytes, bytesToHex, concatBytes, type Hash, hexToBytes } from '../src/bytes.ts';
import {
  decodeCommitCertificate,
  decodeProposal,
  decodeVote,
  encodeCommitCertificate,
  encodeProposal,
  encodeVote,
} from '../src/consensus-messages.ts';
import { keccak256Hex } from '../src/keccak.ts';
import { decodeStoredReceipts, encodeReceipt, encodeStoredReceipts, type Receipt } from '../src/receipt.ts';
import { decodeRlp, encodeRlp, type RlpInput, type RlpItem } from '../src/rlp.ts';
import { decodeTransaction, recoverSender, signingPayload, type Transaction } from '../src/transaction.ts';
import {
  randomCertificate,
  randomHeader,
  randomProposal,
  randomReceipts,
  randomTransaction,
  randomVote,
} from './sample-values.ts';

const CASES = 4_000;
const TYPES = [0, 1, 2, 3, 4] as const;

const several = <T>(random: Random, make: (random: Random) => T, count = 25): T[] =>
  Array.from({ length: count }, () => make(random));

const itemOf = (header: Header): RlpItem => decodeRlp(encodeHeader(header));
const hashOf = (random: Random): Hash => bytesToHex(random.bytes(32));

function randomBlock(random: Random): Block {
  return {
    header: randomHeader(random),
    transactions: Array.from({ length: random.int(0, 4) }, () => randomTransaction(random, random.pick(TYPES)).raw),
    withdrawals: [],
  };
}

/** The encoding by the fields alone, so that `raw` cannot hide what was not read. */
function encodeAgain(transaction: Transaction): Uint8Array {
  const { type, chainId, yParity, r, s } = transaction;
  const payload = signingPayload(transaction);
  const signature = [bigIntToBytes(r), bigIntToBytes(s)];
  if (type > 0) {
    const fields = decodeRlp(payload.subarray(1)) as RlpItem[];
    return concatBytes(Uint8Array.of(type), encodeRlp([...fields, bigIntToBytes(BigInt(yParity)), ...signature]));
  }
  const v = BigInt(yParity) + (chainId === undefined ? 27n : chainId * 2n + 35n);
  return encodeRlp([...(decodeRlp(payload) as RlpItem[]).slice(0, 6), bigIntToBytes(v), ...signature]);
}

describe('each value', () => {
  const random = createRandom(seedFromEnvironment('codec round trips'));
  it('comes back as it was encoded', () => {
    for (let index = 0; index < 200; index++) {
      const header = randomHeader(random);
      expect(decodeHeader(encodeHeader(header))).toEqual(header);
      expect(hashHeader(header)).toBe(keccak256Hex(encodeHeader(header)));
      const vote = randomVote(random);
      expect(decodeVote(encodeVote(vote))).toEqual(vote);
      const proposal = randomProposal(random);
      expect(decodeProposal(encodeProposal(proposal))).toEqual(proposal);
      const certificate = randomCertificate(random);
      expect(decodeCommitCertificate(encodeCommitCertificate(certificate))).toEqual(certificate);
      const receipts = randomReceipts(random);
      expect(decodeStoredReceipts(encodeStoredReceipts(receipts))).toEqual(receipts);
    }
  });

  it('that is a block comes back with its transactions in the bytes that they came in', () => {
    for (let index = 0; index < 50; index++) {
      const block = randomBlock(random);
      expect(decodeBlock(encodeBlock(block))).toEqual(block);
    }
  });

  it('that is a header or block of an older fork comes back without what later ones added', () => {
    const later = [
      'baseFeePerGas',
      'withdrawalsRoot',
      'blobGasUsed',
      'excessBlobGas',
      'parentBeaconBlockRoot',
    ] as const;
    for (const [index, first] of [...later, 'requestsHash' as const].entries()) {
      const absent = Object.fromEntries([...later, 'requestsHash'].slice(index).map((field) => [field, undefined]));
      const header = { ...randomHeader(random), ...absent };
      expect(decodeHeader(encodeHeader(header))).toEqual(header);
      expect((decodeRlp(encodeHeader(header)) as RlpItem[]).length, first).toBe(15 + index);
    }
    const ancient = { ...randomHeader(random), ...Object.fromEntries(later.map((field) => [field, undefined])) };
    const header = { ...ancient, requestsHash: undefined };
    const block: Block = { header, transactions: [], ommers: [header, header], withdrawals: [] };
    expect(decodeBlock(encodeBlock(block))).toEqual(block);
    expect(decodeRlp(encodeBlock(block))).toHaveLength(3);
    expect(hashOmmers([header, header])).toBe(keccak256Hex(encodeRlp([header, header].map(itemOf))));
  });

  it('that is a list of stored receipts is the RLP of their fields', () => {
    const hex = (text: string) => hexToBytes(text);
    const fieldsOf = ({ type, succeeded, gasUsed, contractAddress = '0x', logs, stateRoot }: Receipt) => [
      ...[Uint8Array.of(type), Uint8Array.of(succeeded ? 1 : 0), bigIntToBytes(gasUsed), hex(contractAddress)],
      logs.map(({ address, topics, data }) => [hex(address), topics.map(hex), hex(data)]),
      ...(stateRoot === undefined ? [] : [hex(stateRoot)]),
    ];
    for (const receipts of [randomReceipts(random), randomReceipts(random), []]) {
      const withRoots = receipts.map((receipt) => ({ ...receipt, stateRoot: hashOf(random) }));
      for (const stored of [receipts, withRoots]) {
        expect(bytesToHex(encodeStoredReceipts(stored))).toBe(bytesToHex(encodeRlp(stored.map(fieldsOf))));
      }
    }
  });

  it('that is a receipt from before Byzantium holds a state root instead of its status', () => {
    const receipts = randomReceipts(random, 5).map((receipt) => ({ ...receipt, stateRoot: hashOf(random) }));
    expect(decodeStoredReceipts(encodeStoredReceipts(receipts))).toEqual(receipts);
    for (const receipt of receipts) {
      const [first] = decodeRlp(encodeReceipt({ ...receipt, type: 0 })) as [Uint8Array];
      expect(bytesToHex(first)).toBe(receipt.stateRoot);
    }
  });

  it.each(TYPES)('that is a transaction of type %i comes back, from its fields alone too, with its sender', (type) => {
    for (let index = 0; index < 40; index++) {
      const transaction = randomTransaction(random, type);
      expect(encodeAgain(transaction)).toEqual(transaction.raw);
      expect(decodeTransaction(transaction.raw)).toEqual(transaction);
      expect(recoverSender(transaction)).toMatch(/^0x[0-9a-f]{40}$/);
    }
  });

  it('that is a receipt is encoded as Ethereum does', () => {
    const [receipt] = several(random, (one) => randomReceipts(one, 1)).flat();
    if (!receipt) throw new RangeError('no receipt in 25 lists');
    const typed = encodeReceipt({ ...receipt, type: 2 });
    expect(typed[0]).toBe(2);
    expect(typed.subarray(1)).toEqual(encodeReceipt({ ...receipt, type: 0 }));
    expect(decodeRlp(typed.subarray(1))).toHaveLength(4);
  });

  it.each([
    '0x',
    '0x00',
    '0x7f',
    '0x80',
    `0x${'ab'.repeat(55)}`,
    `0x${'ab'.repeat(56)}`,
    `0x${'ab'.repeat(300)}`,
  ] as const)('that is a receipt has the RLP of its fields with the data %.10s…', (data) => {
    for (const receipt of randomReceipts(random, 20)) {
      const logs = receipt.logs.map((log) => ({ ...log, data }));
      const { succeeded, cumulativeGasUsed, logsBloom } = receipt;
      const fields = [
        bigIntToBytes(succeeded ? 1n : 0n),
        bigIntToBytes(cumulativeGasUsed),
        hexToBytes(logsBloom),
        logs.map((log) => [hexToBytes(log.address), log.topics.map(hexToBytes), hexToBytes(log.data)]),
      ];
      expect(bytesToHex(encodeReceipt({ ...receipt, logs, type: 0 }))).toBe(bytesToHex(encodeRlp(fields)));
    }
  });
});

describe('a refusal', () => {
  const random = createRandom(seedFromEnvironment('codec refusals'));
  const legacy = randomTransaction(random, 0).raw;
  const fee = decodeRlp(randomTransaction(random, 2).raw.subarray(1)) as RlpItem[];
  const typed = (type: number, fields: readonly RlpInput[]) => concatBytes(Uint8Array.of(type), encodeRlp(fields));
  const changed = (at: number, value: RlpInput) =>
    typed(
      2,
      fee.map((item, index) => (index === at ? value : item)),
    );
  it.each([
    ['no bytes', new Uint8Array(0), 'no bytes'],
    ['a type that does not exist', typed(5, fee), 'type 5 is not supported'],
    ['type 0 in an envelope', typed(0, fee), 'type 0 is not supported'],
    ['a byte too many', concatBytes(legacy, Uint8Array.of(0)), 'left over'],
    ['a field too few', typed(2, fee.slice(0, -1)), 's is missing'],
    ['a field too many', typed(2, [...fee, new Uint8Array(0)]), '1 items too many'],
    ['a nonce above 64 bits', changed(1, new Uint8Array(9).fill(1)), 'nonce exceeds 64 bits'],
    ['a nonce with leading zeros', changed(1, Uint8Array.of(0, 1)), 'nonce has leading zeros'],
    ['a recipient of 19 bytes', changed(5, new Uint8Array(19)), 'to has 19 bytes'],
    ['data that is a list', changed(7, []), 'data must be bytes'],
    ['an access list that is a string', changed(8, Uint8Array.of(1)), 'accessList must be a list'],
    ['a storage key of 31 bytes', changed(8, [[new Uint8Array(20), [new Uint8Array(31)]]]), '32-byte hash'],
    ['a parity of 2', changed(9, Uint8Array.of(2)), 'yParity 2'],
  ])('of a transaction with %s says so', (_, bytes, why) => {
    expect(() => decodeTransaction(bytes)).toThrow(why);
  });

  it('of a block with what comes with Shanghai in its body but not in its header says so', () => {
    const fields = decodeRlp(encodeBlock({ ...randomBlock(random), transactions: [] })) as RlpItem[];
    const header = (fields[0] as RlpItem[]).slice(0, 16);
    expect(() => decodeBlock(encodeRlp([header, [], [], []]))).toThrow('1 items too many');
    const { raw } = randomTransaction(random, 0);
    expect(() => decodeBlock(encodeRlp([header, [raw], []]))).toThrow('wrapped in a string');
  });

  it('of a certificate whose signature has a field too many says so', () => {
    const certificate = { ...randomCertificate(random), signatures: [] };
    const fields = decodeRlp(encodeCommitCertificate(certificate)) as RlpItem[];
    const entry = [new Uint8Array(20), new Uint8Array(65), new Uint8Array(1)];
    expect(() => decodeCommitCertificate(encodeRlp([...fields.slice(0, 3), [entry]]))).toThrow('1 items too many');
  });

  it('of a vote of no kind, or of a round beyond int32, says so', () => {
    const fields = decodeRlp(encodeVote(randomVote(random))) as RlpItem[];
    const vote = (at: number, value: Uint8Array) =>
      encodeRlp(fields.map((item, index) => (index === at ? value : item)));
    expect(() => decodeVote(vote(0, Uint8Array.of(3)))).toThrow('vote kind 3 does not exist');
    expect(() => decodeVote(vote(2, hexToBytes('0x80000000')))).toThrow('exceeds 2^31 - 1');
    expect(() => decodeVote(vote(3, new Uint8Array(31)))).toThrow('wrong length');
  });
});

describe('any bytes', () => {
  const samples = createRandom('codec samples');
  it.each([
    {
      name: 'header',
      samples: several(samples, (random) => encodeHeader(randomHeader(random))),
      decode: decodeHeader,
      encode: encodeHeader,
    },
    {
      name: 'block',
      samples: several(samples, (random) => encodeBlock(randomBlock(random))),
      decode: decodeBlock,
      encode: encodeBlock,
    },
    {
      name: 'transaction',
      samples: TYPES.flatMap((type) => several(samples, (random) => randomTransaction(random, type).raw, 10)),
      decode: decodeTransaction,
      encode: encodeAgain,
    },
    {
      name: 'vote',
      samples: several(samples, (random) => encodeVote(randomVote(random))),
      decode: decodeVote,
      encode: encodeVote,
    },
    {
      name: 'proposal',
      samples: several(samples, (random) => encodeProposal(randomProposal(random))),
      decode: decodeProposal,
      encode: encodeProposal,
    },
    {
      name: 'certificate',
      samples: several(samples, (random) => encodeCommitCertificate(randomCertificate(random))),
      decode: decodeCommitCertificate,
      encode: encodeCommitCertificate,
    },
    {
      name: 'stored receipts',
      samples: several(samples, (random) => encodeStoredReceipts(randomReceipts(random))),
      decode: decodeStoredReceipts,
      encode: encodeStoredReceipts,
    },
  ] as const)('of a $name are refused with an error of ours, or are the encoding of what they decode to', (decoder) => {
    const random = createRandom(`${seedFromEnvironment(`fuzz of the ${decoder.name}`)} ${decoder.name}`);
    const { taken, refused } = fuzzDecoder(decoder as Parameters<typeof fuzzDecoder<unknown>>[0], random, CASES);
    expect(taken + refused).toBeGreaterThan(CASES);
    expect(refused).toBeGreaterThan(CASES / 2);
    expect(bytesToHex(decoder.samples[0] as Uint8Array)).toMatch(/^0x/);
  });
});
