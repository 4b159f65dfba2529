import type {
  AccessListEntry,
  Address,
  Authorization,
  Block,
  CommitCertificate,
  FeeRules,
  Hash,
  Header,
  Receipt,
  Transaction,
  UnsignedTransaction,
  Validator,
} from '@heddle/primitives';

/** A decided block with its hash. */
export interface StoredBlock {
  readonly hash: Hash;
  readonly block: Block;
}

/** Where a mined transaction stands. */
export interface TransactionPlace {
  readonly blockNumber: number;
  readonly index: number;
}

/** An account at one block. */
export interface AccountView {
  readonly nonce: bigint;
  readonly balance: bigint;
  readonly codeHash: Hash;
}

/** The chain and its state frozen at one head: every answer of one request (or batch) comes from one view. */
export interface ChainView {
  readonly headNumber: number;
  readonly headHash: Hash;
  blockByNumber(number: number): StoredBlock | undefined;
  blockByHash(hash: Hash): StoredBlock | undefined;
  headerByNumber(number: number): { hash: Hash; header: Header } | undefined;
  receipts(number: number): readonly Receipt[] | undefined;
  /** Senders of the block's transactions in order. */
  senders(number: number): readonly Address[] | undefined;
  transactionPlace(hash: Hash): TransactionPlace | undefined;
  certificate(number: number): CommitCertificate | undefined;
  /** State after block `number` <= head. @throws HeddleError `STATE_PRUNED` below the kept history. */
  account(address: Address, number: number): AccountView | undefined;
  code(codeHash: Hash): Uint8Array;
  /** 32 bytes. @throws HeddleError `STATE_PRUNED` */
  slot(address: Address, slot: Hash, number: number): Uint8Array;
  /** Must be called once. */
  close(): void;
}

/** The chain as the RPC thread reads it. */
export interface ChainPort {
  view(): ChainView;
  /** `listener` hears each decided block once, in order, after it is on disk. Returns the way to stop. */
  onHead(listener: (head: StoredBlock & { readonly receipts: readonly Receipt[] }) => void): () => void;
}

/** A transaction in the pool. */
export interface PooledTransaction {
  readonly transaction: Transaction;
  readonly sender: Address;
}

/** How the pool answered one raw transaction. `code` and `message` are geth's (`nonce too low: …`). */
export type SubmitOutcome =
  | { readonly accepted: true; readonly hash: Hash }
  | { readonly accepted: false; readonly code: number; readonly message: string };

/** The transaction pool. */
export interface PoolPort {
  /** Decodes, checks and admits in order, one outcome each. An accepted one is at once in `transaction` and `pendingNonce`. */
  submit(raws: readonly Uint8Array[]): Promise<readonly SubmitOutcome[]>;
  /**
   * Fills in the nonce, signs with a node-held key and submits, one after another for each account.
   * `code` -32000 `unknown account` when the key is not held.
   */
  submitUnsigned(
    from: Address,
    transaction: Omit<UnsignedTransaction, 'nonce'> & { readonly nonce?: bigint },
  ): Promise<SubmitOutcome>;
  transaction(hash: Hash): Promise<PooledTransaction | undefined>;
  /** The nonce after all executable transactions of `address`; undefined when it has none here. */
  pendingNonce(address: Address): Promise<bigint | undefined>;
  status(): Promise<{ readonly pending: number; readonly queued: number }>;
  /** Accounts whose keys the node holds, in order. */
  accounts(): readonly Address[];
  /** EIP-191 signature (65 bytes) with a node-held key; undefined when it is not held. */
  signMessage(address: Address, message: Uint8Array): Promise<Uint8Array | undefined>;
}

/** An `eth_call` or `eth_estimateGas` message; absent fields take geth's defaults. */
export interface CallRequest {
  readonly from: Address;
  readonly to: Address | undefined;
  /** Undefined: the cap of 50 M gas. */
  readonly gas: bigint | undefined;
  readonly gasPrice: bigint;
  readonly value: bigint;
  readonly data: Uint8Array;
  /** Absent: none. Warms what it names and costs its intrinsic gas. */
  readonly accessList?: readonly AccessListEntry[];
  /** Absent: none. Applied before the call (EIP-7702) and costs its intrinsic gas. */
  readonly authorizationList?: readonly Authorization[];
}

/** How a call ended. `returnData` holds the revert data of `reverted`. */
export type CallOutcome =
  | { readonly status: 'succeeded'; readonly returnData: Uint8Array; readonly gasUsed: bigint }
  | { readonly status: 'reverted'; readonly returnData: Uint8Array }
  | { readonly status: 'failed'; readonly code: number; readonly message: string };

/** How an estimate ended. */
export type EstimateOutcome =
  | { readonly status: 'estimated'; readonly gas: bigint }
  | { readonly status: 'reverted'; readonly returnData: Uint8Array }
  | { readonly status: 'failed'; readonly code: number; readonly message: string };

/** An account and some of its slots, with the trie nodes (RLP, root first) that show them (EIP-1186). */
export interface AccountProof {
  /** Undefined: the nodes show that there is none. */
  readonly account: AccountView | undefined;
  /** Undefined without an account. */
  readonly storageRoot: Uint8Array | undefined;
  readonly accountNodes: readonly Uint8Array[];
  /** In the order asked; 32 bytes each. */
  readonly slots: readonly { readonly value: Uint8Array; readonly nodes: readonly Uint8Array[] }[];
}

/** Calls on the state after a block, on query threads, bounded by gas and time. */
export interface QueryPort {
  /** Calls are likely to come: the first one need not wait until there is a thread. */
  prepare(): void;
  call(request: CallRequest, blockNumber: number): Promise<CallOutcome>;
  estimateGas(request: CallRequest, blockNumber: number): Promise<EstimateOutcome>;
  /** @throws HeddleError `STATE_PRUNED`, `STATE_OUT_OF_REACH` when that state cannot be put together in time. */
  proof(address: Address, slots: readonly Hash[], blockNumber: number): Promise<AccountProof>;
}

/** `heddle_getBlockParallelism`: shape of the answer, JSON-ready. */
export type BlockParallelism = Readonly<Record<string, unknown>>;

/** `heddle_getJoinInfo`: shape of the answer, JSON-ready. */
export type JoinInfo = Readonly<Record<string, unknown>>;

/** What the node says about itself. */
export interface NodePort {
  readonly chainId: number;
  readonly clientVersion: string;
  /** Changes with every new chain, so that wallets can tell. */
  readonly instanceId: Hash;
  readonly transactionGasCap: bigint | undefined;
  /** The chain's: they give the base fee of the block after the head. */
  readonly feeRules: Pick<FeeRules, 'elasticity' | 'baseFeeDenominator'>;
  peerCount(): Promise<number>;
  /** Undefined when at the head. */
  syncing(): Promise<
    { readonly startingBlock: number; readonly currentBlock: number; readonly highestBlock: number } | undefined
  >;
  validators(): readonly Validator[];
  /** Kept for the last 1,024 blocks. */
  parallelism(blockNumber: number): Promise<BlockParallelism | undefined>;
  /** What a node needs that wants to follow the chain: genesis and peers. */
  joinInfo(): Promise<JoinInfo>;
  /** Whether this node takes part (or, for a full node, follows): for `/ready`. */
  isReady(): boolean;
  /** Prometheus text of all rooms. */
  metrics(): Promise<string>;
}

/** All that the RPC server needs from its node. */
export interface RpcPorts {
  readonly chain: ChainPort;
  readonly pool: PoolPort;
  readonly query: QueryPort;
  readonly node: NodePort;
}
