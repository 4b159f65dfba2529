import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createValidatorSet, type ValidatorSet, verifyCommitCertificate } from '@heddle/consensus';
import {
  type ChainSpec,
  type CommitCertificate,
  type Hash,
  hexToBytes,
  isVoteAuthentic,
  type SigningDomain,
  signingDomain,
} from '@heddle/primitives';
import { readGenesisFile } from '../src/genesis/read-genesis.ts';
import { type AnsweredBlock, callMany, quantity, readAnsweredBlock } from './json-rpc.ts';
import { auditWireLogs, type SignedTwice } from './wire-audit.ts';

/** The faults that a judgement found, by what was judged; all lists are empty when everything holds. */
export interface Judgement {
  /** Blocks that every node has. */
  readonly blockCount: number;
  readonly certificateCount: number;
  readonly signedCount: number;
  readonly disagreements: readonly string[];
  readonly badCertificates: readonly string[];
  readonly signedTwice: readonly SignedTwice[];
  /** Blocks that some node has returned and some node now lacks or contradicts. */
  readonly disappeared: readonly string[];
  /** Lines of logs that tell of an error that nobody handled. */
  readonly unhandled: readonly string[];
  /** Nodes whose wire logs lack lines, since they could not be written. */
  readonly holes: readonly string[];
}

/** What is judged. */
export interface Evidence {
  readonly genesisFile: string;
  readonly wireLogFolder: string;
  /** RPC URLs of all nodes, which have caught up. */
  readonly urls: readonly string[];
  /** What any node has returned at any time, by number. */
  readonly returned: ReadonlyMap<number, AnsweredBlock>;
  /** Folders with the logs of all nodes. */
  readonly logFolders: readonly string[];
}

/** Blocks in one request. */
const BATCH = 100;
const UNHANDLED = /unhandled|uncaught|assertion failed|out of memory|MaxListenersExceeded|FATAL ERROR/i;
const HOLE = /the wire log has a hole/;

/** Compares all that a devnet's nodes have said and hold: what must be true after every fault (DESIGN 5). */
export async function judge(evidence: Evidence): Promise<Judgement> {
  const spec = readGenesisFile(evidence.genesisFile);
  const chains = await Promise.all(evidence.urls.map(readChain));
  const [first = []] = chains;
  const genesisHash = (first[0]?.block.hash ?? '0x') as Hash;
  const domain = signingDomain({ chainId: spec.chainId, genesisHash, era: 0 });
  const { signedCount, signedTwice } = auditWireLogs(evidence.wireLogFolder, domain);
  return {
    blockCount: Math.min(...chains.map(({ length }) => length)),
    certificateCount: chains.reduce((sum, { length }) => sum + length - 1, 0),
    signedCount,
    signedTwice,
    disagreements: disagreementsOf(chains),
    badCertificates: chains.flatMap((chain, index) => badCertificatesOf(chain, index, spec, domain)),
    disappeared: disappearedFrom(chains, evidence.returned),
    unhandled: evidence.logFolders.flatMap((folder) => linesWith(folder, UNHANDLED)),
    holes: evidence.logFolders.filter((folder) => linesWith(folder, HOLE).length > 0),
  };
}

/** A block of one node with its proof. */
interface HeldBlock {
  readonly block: AnsweredBlock;
  readonly certificate: CommitCertificate | undefined;
}

async function readChain(url: string): Promise<HeldBlock[]> {
  const [head] = await callMany(url, 'eth_blockNumber', [[]]);
  const numbers = Array.from({ length: Number(head) + 1 }, (_, number) => number);
  const held: HeldBlock[] = [];
  for (let from = 0; from < numbers.length; from += BATCH) {
    const some = numbers.slice(from, from + BATCH).map(quantity);
    const blocks = await callMany(
      url,
      'eth_getBlockByNumber',
      some.map((number) => [number, false]),
    );
    const proofs = await callMany(
      url,
      'heddle_getCommit',
      some.map((number) => [number]),
    );
    for (const [index, raw] of blocks.entries()) {
      held.push({ block: readAnsweredBlock(raw), certificate: readCertificate(proofs[index]) });
    }
  }
  return held;
}

interface RawCertificate {
  readonly height: string;
  readonly round: string;
  readonly blockId: Hash;
  readonly signatures: readonly { readonly validator: string; readonly signature: `0x${string}` }[];
}

function readCertificate(raw: RawCertificate | null): CommitCertificate | undefined {
  if (raw === null) return undefined;
  const signatures = raw.signatures.map(({ validator, signature }) => {
    return { validator: validator.toLowerCase() as `0x${string}`, signature: hexToBytes(signature) };
  });
  return { height: Number(raw.height), round: Number(raw.round), blockId: raw.blockId, signatures };
}

function disagreementsOf([first = [], ...others]: readonly (readonly HeldBlock[])[]): string[] {
  return others.flatMap((chain, index) =>
    chain.flatMap(({ block }, number) => {
      const known = first[number]?.block;
      if (!known || (known.hash === block.hash && known.stateRoot === block.stateRoot)) return [];
      const shown = (one: AnsweredBlock) => `${one.hash} with state ${one.stateRoot}`;
      return [`block ${number}: ${shown(known)} on validator 0, ${shown(block)} on validator ${index + 1}`];
    }),
  );
}

function badCertificatesOf(
  chain: readonly HeldBlock[],
  index: number,
  spec: ChainSpec,
  domain: SigningDomain,
): string[] {
  const validators: ValidatorSet = createValidatorSet(spec.validators);
  return chain.flatMap(({ block, certificate }, height) => {
    if (height === 0) return [];
    const fault = certificate
      ? verifyCommitCertificate(certificate, {
          height,
          blockId: block.hash as Hash,
          validators,
          isAuthentic: (vote) => isVoteAuthentic(domain, vote),
        })
      : 'none';
    return fault === undefined ? [] : [`block ${height} on validator ${index}: ${fault}`];
  });
}

function disappearedFrom(
  chains: readonly (readonly HeldBlock[])[],
  returned: ReadonlyMap<number, AnsweredBlock>,
): string[] {
  return [...returned.values()].flatMap(({ number, hash }) =>
    chains.flatMap((chain, index) => {
      const held = chain[number]?.block.hash;
      return held === hash ? [] : [`block ${number}, returned as ${hash}, is ${held ?? 'missing'} on ${index}`];
    }),
  );
}

function linesWith(folder: string, pattern: RegExp): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) =>
    readFileSync(join(folder, name), 'utf8')
      .split('\n')
      .filter((line) => pattern.test(line))
      .map((line) => `${name}: ${line.slice(0, 300)}`),
  );
}
