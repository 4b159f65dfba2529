import { createHash } from 'node:crypto';
import { type Block, createBlock } from '@ethereumjs/block';
import { Common, Mainnet } from '@ethereumjs/common';
import { MerklePatriciaTrie } from '@ethereumjs/mpt';
import { Caches, MerkleStateManager } from '@ethereumjs/statemanager';
import { createTxFromRLP } from '@ethereumjs/tx';
import { Account, bytesToHex, createAddressFromString, hexToBytes, setLengthLeft } from '@ethereumjs/util';
import { createVM, runTx, type VM } from '@ethereumjs/vm';
import {
  type ExecutionRules,
  type GenesisAccount,
  type Hex,
  SYSTEM_ADDRESS,
  SYSTEM_CONTRACTS,
  type SystemContract,
} from '@heddle/primitives';
import type { BlockEnvironment } from '../../src/engine.ts';
import type { SenderTransaction } from '../../src/executor-api.ts';
import { ORACLE_KZG } from './oracle-kzg.ts';
import { blockHashOf } from './test-chain.ts';

// The oracle shares no code with what it judges: stock @ethereumjs/vm with its own state manager, tries and decoding.

export interface OracleReceipt {
  readonly succeeded: boolean;
  readonly gasUsed: bigint;
  readonly logs: readonly { readonly address: string; readonly topics: readonly string[]; readonly data: string }[];
  readonly bloom: string;
  /** What was executed on the way, if the oracle was asked to watch. */
  readonly trace: Trace | undefined;
}

/** What a transaction went through. */
export interface Trace {
  readonly opcodes: Set<number>;
  /** Whose code was called for, whether there is any. */
  readonly callees: Set<string>;
  /** Of the deepest frame; that of the transaction itself is 0. */
  depth: number;
  /** Stock's word for how it failed. */
  halt: string | undefined;
}

export interface OracleAccount {
  readonly nonce: bigint;
  readonly balance: bigint;
  readonly codeHash: string;
}

/** What stock execution makes of a list of transactions, those that cannot stand where they come left out. */
export interface OracleBlock {
  readonly taken: readonly SenderTransaction[];
  /** Places of the others, and stock's words. */
  readonly leftOut: ReadonlyMap<number, string>;
  readonly receipts: readonly OracleReceipt[];
  readonly gasUsed: bigint;
  readonly requestsHash: string;
  account(address: string): Promise<OracleAccount | undefined>;
  slot(address: string, slot: string): Promise<string>;
  stateRoot(): Promise<string>;
  /** Goes back to genesis. Nothing above may be asked afterwards. */
  forget(): Promise<void>;
}

export interface Oracle {
  run(
    environment: BlockEnvironment,
    transactions: readonly SenderTransaction[],
    limits?: { readonly sizeLimitBytes: number },
  ): Promise<OracleBlock>;
}

/** Stock execution on the genesis state `alloc`; one that `watches` traces each transaction, which takes longer. */
export async function createOracle(
  rules: ExecutionRules,
  alloc: readonly GenesisAccount[],
  { watches = false }: { readonly watches?: boolean } = {},
): Promise<Oracle> {
  const common = new Common({
    chain: { ...Mainnet, chainId: rules.chainId },
    hardfork: rules.fork === 'frontier' ? 'chainstart' : rules.fork,
    customCrypto: { kzg: ORACLE_KZG },
  });
  const trie = new MerklePatriciaTrie({ useKeyHashing: true, common });
  const stateManager = new MerkleStateManager({ common, trie, caches: new Caches() });
  for (const { address, balance, nonce, code, storage } of alloc) {
    const at = createAddressFromString(address);
    await stateManager.putAccount(at, new Account(nonce, balance));
    if (code.length > 0) await stateManager.putCode(at, code);
    for (const [slot, value] of storage) await stateManager.putStorage(at, hexToBytes(slot), hexToBytes(value));
  }
  await stateManager.flush();
  const blockchain = { getBlock: async (number: number) => ({ hash: () => hexToBytes(blockHashOf(number)) }) };
  const vm = await createVM({
    common,
    stateManager,
    blockchain: { ...blockchain, shallowCopy: () => blockchain } as never,
  });
  const watch = watches ? watchSteps(vm) : () => undefined;
  return {
    async run(environment, transactions, limits) {
      await vm.evm.journal.checkpoint(); // also keeps stock from flushing to the trie after each transaction
      const block = await runAll({ vm, watch }, environment, {
        transactions,
        sizeLimit: limits?.sizeLimitBytes ?? Infinity,
      });
      return {
        ...block,
        async account(address) {
          const account = await stateManager.getAccount(createAddressFromString(address));
          return account && { nonce: account.nonce, balance: account.balance, codeHash: bytesToHex(account.codeHash) };
        },
        async slot(address, slot) {
          const value = await stateManager.getStorage(createAddressFromString(address), hexToBytes(slot as Hex));
          return bytesToHex(setLengthLeft(value, 32));
        },
        stateRoot: async () => bytesToHex(await stateManager.getStateRoot()),
        forget: () => vm.evm.journal.revert(),
      };
    },
  };
}

type RunBlock = Pick<OracleBlock, 'taken' | 'leftOut' | 'receipts' | 'gasUsed' | 'requestsHash'>;

/** Notes what `vm` executes from now on; each call begins a new trace. */
function watchSteps(vm: VM): () => Trace {
  const begin = (): Trace => ({ opcodes: new Set(), callees: new Set(), depth: 0, halt: undefined });
  let trace = begin();
  vm.evm.events?.on('step', ({ opcode }, resolve) => {
    trace.opcodes.add(opcode.code ?? -1);
    resolve?.();
  });
  vm.evm.events?.on('beforeMessage', (message, resolve) => {
    trace.depth = Math.max(trace.depth, message.depth);
    if (message.to !== undefined) trace.callees.add(String(message.codeAddress));
    resolve?.();
  });
  return () => {
    trace = begin();
    return trace;
  };
}

async function runAll(
  { vm, watch }: { readonly vm: VM; readonly watch: () => Trace | undefined },
  environment: BlockEnvironment,
  { transactions, sizeLimit }: { transactions: readonly SenderTransaction[]; sizeLimit: number },
): Promise<RunBlock> {
  const { common } = vm;
  const block = createBlock(
    {
      header: {
        number: environment.number,
        timestamp: environment.timestamp,
        coinbase: environment.beneficiary,
        gasLimit: environment.gasLimit,
        ...(common.isActivatedEIP(1559) && { baseFeePerGas: environment.baseFeePerGas }),
        ...(common.gteHardfork('paris') ? { mixHash: environment.mixHash } : { difficulty: environment.mixHash }),
        parentHash: environment.parentHash,
        ...(common.isActivatedEIP(4844) && { excessBlobGas: environment.excessBlobGas }),
      },
    },
    { common, skipConsensusFormatValidation: true },
  );
  const taken: SenderTransaction[] = [];
  const receipts: OracleReceipt[] = [];
  const leftOut = new Map<number, string>();
  let gasUsed = 0n;
  let size = 0;
  await startBlock({ vm, block }, environment);
  for (const [index, { raw, sender }] of transactions.entries()) {
    const tx = createTxFromRLP(raw, { common, freeze: false });
    tx.getSenderAddress = () => createAddressFromString(sender); // recovering it takes stock a millisecond
    if (tx.gasLimit > environment.gasLimit - gasUsed || size + raw.length > sizeLimit) {
      leftOut.set(index, 'does not fit');
      continue;
    }
    try {
      const trace = watch();
      const result = await runTx(vm, { tx, block, skipHardForkValidation: true, skipBlockGasLimitValidation: true });
      gasUsed += result.totalGasSpent;
      size += raw.length;
      taken.push({ raw, sender });
      receipts.push({
        succeeded: result.execResult.exceptionError === undefined,
        gasUsed: result.totalGasSpent,
        logs: (result.execResult.logs ?? []).map(([address, topics, data]) => ({
          address: bytesToHex(address),
          topics: topics.map((topic) => bytesToHex(topic)),
          data: bytesToHex(data),
        })),
        bloom: bytesToHex(result.bloom.bitvector),
        trace: trace && Object.assign(trace, { halt: result.execResult.exceptionError?.error }),
      });
    } catch (error) {
      leftOut.set(index, error instanceof Error ? error.message : String(error));
    }
  }
  return { taken, receipts, leftOut, gasUsed, requestsHash: await endBlock({ vm, block }, environment) };
}

interface At {
  readonly vm: VM;
  readonly block: Block;
}

/** EIP-4788 and EIP-2935. */
async function startBlock(at: At, { parentBeaconBlockRoot, parentHash }: BlockEnvironment): Promise<void> {
  const { common } = at.vm;
  if (common.isActivatedEIP(4788)) await callSystem(at, SYSTEM_CONTRACTS.beaconRoots, parentBeaconBlockRoot);
  if (common.isActivatedEIP(2935)) await callSystem(at, SYSTEM_CONTRACTS.blockHashes, parentHash);
}

/** EIP-4895, EIP-7002 and EIP-7251; the hash is that of EIP-7685, of a chain without deposits. */
async function endBlock(at: At, { withdrawals }: BlockEnvironment): Promise<string> {
  const { stateManager, common } = at.vm;
  for (const { address, amount } of withdrawals) {
    if (amount === 0n) continue;
    const to = createAddressFromString(address);
    const { nonce, balance, storageRoot, codeHash } = (await stateManager.getAccount(to)) ?? new Account();
    await stateManager.putAccount(to, new Account(nonce, balance + amount * 1_000_000_000n, storageRoot, codeHash));
  }
  const hash = createHash('sha256');
  if (!common.isActivatedEIP(7685)) return `0x${hash.digest('hex')}`;
  for (const [type, contract] of [
    SYSTEM_CONTRACTS.withdrawalRequests,
    SYSTEM_CONTRACTS.consolidationRequests,
  ].entries()) {
    const request = await callSystem(at, contract);
    if (request.length === 0) continue;
    hash.update(
      createHash('sha256')
        .update(Uint8Array.of(type + 1))
        .update(request)
        .digest(),
    );
  }
  return `0x${hash.digest('hex')}`;
}

/** A call by the system, which leaves no account of its own behind. Without a code nothing is called. */
async function callSystem({ vm, block }: At, contract: SystemContract, data: Hex = '0x'): Promise<Uint8Array> {
  const [caller, to] = [createAddressFromString(SYSTEM_ADDRESS), createAddressFromString(contract.address)];
  if ((await vm.stateManager.getCode(to)).length === 0) return new Uint8Array();
  const { nonce, balance } = (await vm.stateManager.getAccount(caller)) ?? {};
  const { execResult } = await vm.evm.runCall({ caller, to, block, data: hexToBytes(data), gasLimit: 30_000_000n });
  await vm.evm.journal.cleanup();
  // Stock counts the caller's nonce up; a system call is no transaction.
  if (nonce === undefined) await vm.stateManager.deleteAccount(caller);
  else await vm.stateManager.putAccount(caller, new Account(nonce, balance));
  return execResult.returnValue;
}
