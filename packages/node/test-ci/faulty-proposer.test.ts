import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { decodeInput } from '@heddle/consensus';
import type { Hash, Vote } from '@heddle/primitives';
import { temporaryDirectory, waitFor } from '@heddle/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { scanWal } from '../src/consensus/wal-records.ts';
import { readGenesisFile } from '../src/genesis/read-genesis.ts';
import { type DevnetUnderTest, startDevnet } from './devnet-under-test.ts';

const FAULTY = 2;
const HONEST = [0, 1, 3];
/** As faulty-proposer/rewrite-hooks.mjs has it: the field that is wrong by one in the block of a number. */
const FIELDS = ['stateRoot', 'receiptsRoot', 'gasUsed'];
const PRELOAD = join(import.meta.dirname, 'faulty-proposer/preload.mjs');

const directory = temporaryDirectory('faulty-proposer');
let devnet: DevnetUnderTest;

beforeAll(async () => {
  // Empty blocks have all three fields too, and need no traffic.
  devnet = await startDevnet(directory.path, ['--empty-block-time', '1'], {
    env: { NODE_OPTIONS: `--import ${pathToFileURL(PRELOAD)}`, HEDDLE_TEST_FAULTY_FOLDER: `validator-${FAULTY}` },
  });
});

afterAll(async () => {
  await devnet?.killAll();
  directory.remove();
});

test('a proposer whose header is wrong by one gets nil prevotes and one line from all others, and the next round decides', async () => {
  const client = devnet.client(0);
  const refusals = await waitFor(
    () => {
      const found = FIELDS.flatMap(
        (_, remainder) => refusedByAll().find(({ height }) => height % 3 === remainder) ?? [],
      );
      return found.length === FIELDS.length && found;
    },
    { what: 'every fault to be refused by all others', timeoutMs: 600_000, everyMs: 500 },
  );
  const highest = Math.max(...refusals.map(({ height }) => height));
  const heightNow = async () => Number(await client.call('eth_blockNumber'));
  await waitFor(async () => (await heightNow()) > highest, { what: 'the chain to go on' });

  for (const { height, round } of refusals) {
    const { round: decided } = await client.call('heddle_getCommit', `0x${height.toString(16)}`);
    expect(Number(decided), `the round that decided height ${height}`).toBeGreaterThan(round);
  }
  const proposers = new Set<string>();
  for (let height = 1; height <= highest; height++) {
    proposers.add((await client.call('eth_getBlockByNumber', `0x${height.toString(16)}`, false)).miner.toLowerCase());
  }
  expect(HONEST.map(feeAddressOf), 'whose blocks alone were decided').toEqual(expect.arrayContaining([...proposers]));

  const identities = devnet.validators().map(({ address }) => address.toLowerCase());
  await devnet.killAll();
  for (const { height, round, blockId } of refusals) {
    for (const index of HONEST) {
      const prevotes = prevotesIn(index).filter((vote) => vote.height === height && vote.round === round);
      const supporters = prevotes.filter((vote) => vote.blockId === blockId).map(({ validator }) => validator);
      expect([identities[FAULTY]], 'who alone may have voted for it').toEqual(expect.arrayContaining(supporters));
      const own = prevotes.filter(({ validator }) => validator === identities[index]).map((vote) => vote.blockId);
      expect(own, `what validator ${index} prevoted at height ${height}, round ${round}`).toEqual([undefined]);
    }
  }
});

interface Refusal {
  readonly height: number;
  readonly round: number;
  readonly blockId: Hash;
  readonly proposer: string;
  readonly reason: string;
}

/** Proposals that every honest validator has refused; each in one line that names the field, and of nobody else. */
function refusedByAll(): Refusal[] {
  const [first = [], ...others] = HONEST.map((index) => {
    const lines = refusalsIn(index);
    for (const { height, proposer, reason } of lines) {
      expect(proposer.toLowerCase()).toBe(devnet.validators()[FAULTY]?.address.toLowerCase());
      expect(reason).toMatch(new RegExp(`^${FIELDS[height % 3]}: the header says \\w+, execution gives \\w+$`));
    }
    const places = lines.map(({ height, round }) => `${height}/${round}`);
    expect(places, `validator ${index} says it once`).toEqual([...new Set(places)]);
    return lines;
  });
  return first.filter(({ blockId }) => others.every((lines) => lines.some((one) => one.blockId === blockId)));
}

/** The log's refusals; its last line may be half written. */
function refusalsIn(index: number): Refusal[] {
  const log = readFileSync(devnet.validators()[index]?.logFile ?? '', 'utf8');
  const lines = log.slice(0, log.lastIndexOf('\n') + 1).split('\n');
  return lines.filter((line) => line.includes('refused: ')).map((line) => JSON.parse(line));
}

/** The prevotes that a validator's core was given, its own among them. */
function prevotesIn(index: number): Vote[] {
  const { records } = scanWal(readFileSync(join(devnet.datadir, `validator-${index}`, 'wal', 'consensus.wal')));
  const inputs = records.flatMap((record) => (record.type === 'input' ? [decodeInput(record.bytes)] : []));
  return inputs.flatMap((input) => (input.type === 'vote' && input.vote.kind === 'prevote' ? [input.vote] : []));
}

function feeAddressOf(index: number): string | undefined {
  const { validators } = readGenesisFile(join(devnet.datadir, 'genesis.json'));
  const own = devnet.validators()[index]?.address.toLowerCase();
  return validators.find(({ address }) => address === own)?.feeAddress;
}
