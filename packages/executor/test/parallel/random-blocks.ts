import {
  type Address,
  type Authorization,
  bigIntToBytes,
  bytesToBigInt,
  concatBytes,
  EMPTY_BYTES,
  type ExecutionRules,
  encodeRlp,
  type Fork,
  type GenesisAccount,
  hexToBytes,
  isActive,
  keccak256,
  secp256k1,
  ZERO_ADDRESS,
} from '@heddle/primitives';
import {
  assemble,
  ETHER,
  GWEI,
  initCodeOf,
  type Random,
  signedTransaction,
  type TestAccount,
  type TransactionFields,
  testAccount,
  testAccounts,
} from '@heddle/testkit';
import type { BlockEnvironment } from '../../src/engine.ts';
import type { SenderTransaction } from '../../src/executor-api.ts';
import { CONTRACTS, contractAccounts, counterCode } from './contracts.ts';
import { BENEFICIARY, environment, genesisAccount } from './test-chain.ts';

/** How the transactions of a block meet. */
export type Style = 'disjoint' | 'hot' | 'chains' | 'life' | 'mixed';

export interface RandomBlock {
  readonly style: Style;
  readonly environment: BlockEnvironment;
  readonly transactions: readonly SenderTransaction[];
}

const RICH = testAccounts(40, 'rich');
const POOR = testAccounts(4, 'poor');
const UNFUNDED = testAccounts(4, 'unfunded');
/** Delegate to the wallet from genesis on (Prague and later); nonce 1. */
const DELEGATED = testAccounts(4, 'delegated');
/** An account that may be the beneficiary, and pays with what it earned. */
const EARNER = testAccount(0, 'earner');
const FRESH = (index: number): Address => `0x${'dd'.repeat(18)}${index.toString(16).padStart(4, '0')}`;

/** The state on which all random blocks stand. */
export function randomBlocksAlloc(rules: ExecutionRules): GenesisAccount[] {
  const delegation = Buffer.concat([Uint8Array.of(0xef, 0x01, 0x00), hexToBytes(CONTRACTS.wallet)]);
  const isPrague = isActive(rules.fork, 'prague');
  return [
    ...RICH.map(({ address }) => genesisAccount(address, 100n * ETHER)),
    ...POOR.map(({ address }) => genesisAccount(address, ETHER / 100n)),
    ...(isPrague
      ? DELEGATED.map(({ address }) => genesisAccount(address, ETHER, { nonce: 1n, code: delegation }))
      : []),
    ...contractAccounts([...RICH, ...POOR].map(({ address }) => address)),
  ];
}

/** A block of random transactions, most of which are valid where they stand. */
export function randomBlock(random: Random, rules: ExecutionRules): RandomBlock {
  const style = random.pick<Style>(['disjoint', 'hot', 'hot', 'chains', 'life', 'mixed', 'mixed']);
  const count = random.int(5, random.chance(0.1) ? 40 : 14);
  const author = new Author(random, rules);
  const transactions: SenderTransaction[] = [];
  for (let index = 0; index < count; index++) transactions.push(author.transaction(style, index));
  const beneficiary = random.chance(0.3)
    ? random.pick([
        EARNER.address,
        RICH[0]?.address ?? BENEFICIARY,
        CONTRACTS.payer,
        UNFUNDED[0]?.address ?? BENEFICIARY,
      ])
    : BENEFICIARY;
  return { style, environment: environment({ beneficiary }), transactions };
}

/** The block's transactions as bad candidates: shuffled, doubled, some with wrong nonces or without funds. */
export function spoilCandidates(random: Random, rules: ExecutionRules, block: RandomBlock): SenderTransaction[] {
  const author = new Author(random, rules);
  const spoilt = block.transactions.flatMap((candidate) => {
    if (random.chance(0.1)) return [candidate, candidate];
    return random.chance(0.1) ? [author.misfit(), candidate] : [candidate];
  });
  return random.chance(0.5) ? random.shuffle(spoilt) : spoilt;
}

class Author {
  readonly #random: Random;
  readonly #fork: Fork;
  readonly #isPrague: boolean;
  readonly #nonces = new Map<Address, number>();

  constructor(random: Random, rules: ExecutionRules) {
    this.#random = random;
    this.#fork = rules.fork;
    this.#isPrague = isActive(rules.fork, 'prague');
  }

  transaction(style: Style, index: number): SenderTransaction {
    const random = this.#random;
    if (style === 'disjoint') return this.#disjoint(index);
    if (style === 'hot') return this.#hot(this.#sender());
    if (style === 'chains') {
      const from = random.pick(RICH.slice(0, 3));
      return random.chance(0.5) ? this.#pay(from, random.pick(RICH.slice(0, 5)).address) : this.#hot(from);
    }
    if (style === 'life') return random.chance(0.8) ? this.#factory(this.#sender()) : this.#mixed(index);
    return random.chance(0.3) ? this.#hot(this.#sender()) : this.#mixed(index);
  }

  /** A candidate that cannot stand in a block, or hardly. */
  misfit(): SenderTransaction {
    const random = this.#random;
    const from = random.pick(RICH);
    switch (random.int(0, 3)) {
      case 0:
        return this.#send(random.pick(UNFUNDED), { to: FRESH(1), value: ETHER });
      case 1:
        return this.#send(from, { to: FRESH(2), nonce: 7 });
      case 2:
        return this.#send(from, { to: FRESH(3), maxFeePerGas: GWEI / 2n, maxPriorityFeePerGas: 0n });
      default:
        return this.#send(from, { to: FRESH(4), gasLimit: 20_000n });
    }
  }

  #sender(): TestAccount {
    const random = this.#random;
    return random.chance(0.1) ? random.pick(POOR) : random.pick(RICH.slice(0, 20));
  }

  #disjoint(index: number): SenderTransaction {
    const from = RICH[index % RICH.length] as TestAccount;
    if (this.#random.chance(0.5)) return this.#pay(from, FRESH(1_000 + index));
    return this.#call(from, CONTRACTS.token, [FRESH(2_000 + index), this.#random.int(1, 20)]);
  }

  #hot(from: TestAccount): SenderTransaction {
    const random = this.#random;
    switch (random.int(0, 11)) {
      case 0:
        return this.#call(from, CONTRACTS.counter, []);
      case 1:
        return this.#call(from, CONTRACTS.token, [random.pick(RICH.slice(0, 4)).address, random.int(1, 600)]);
      case 2:
        return this.#call(from, CONTRACTS.switch, random.chance(0.4) ? [random.int(1, 9)] : []);
      case 3:
        return this.#call(from, CONTRACTS.proxy, []);
      case 4:
        return this.#call(from, CONTRACTS.observer, [
          random.pick([FRESH(1), CONTRACTS.payer, from.address, BENEFICIARY]),
        ]);
      case 5:
        return this.#call(from, CONTRACTS.payer, [
          random.pick([FRESH(1), FRESH(2), UNFUNDED[0]?.address ?? 0]),
          random.int(0, 5),
        ]);
      case 6:
        return this.#call(from, CONTRACTS.recursive, [random.int(1, 4)]);
      case 7:
        return this.#call(from, CONTRACTS.transient, []);
      case 8:
        return this.#call(from, CONTRACTS.passer, [random.pick([FRESH(1), FRESH(2), CONTRACTS.till])], {
          value: BigInt(random.int(0, 6)),
        });
      case 9:
        return this.#call(from, CONTRACTS.till, [0], { value: BigInt(random.int(1, 4)) });
      case 10:
        return this.#call(from, random.pick([CONTRACTS.reporter, CONTRACTS.observer]), [
          random.pick([CONTRACTS.till, from.address, FRESH(1)]),
        ]);
      default:
        return this.#call(from, CONTRACTS.till, [random.pick([0, 1, 2, 3, 6]), random.pick([0, 0, 0, 2, 4, 8, 12])], {
          value: BigInt(random.int(0, 4)),
          gasLimit: 400_000n,
        });
    }
  }

  #mixed(index: number): SenderTransaction {
    const random = this.#random;
    const from = this.#sender();
    switch (random.int(0, 10)) {
      case 0:
        return this.#pay(from, random.pick([EARNER, ...UNFUNDED, ...RICH.slice(0, 5)]).address, ETHER / 5n);
      case 1: // somebody who was paid just now, perhaps
        return this.#pay(random.pick([EARNER, ...UNFUNDED, ...POOR]), random.pick(RICH).address, ETHER / 200n);
      case 2:
        return this.#call(
          from,
          CONTRACTS.memory,
          random.chance(0.4) ? [random.pick([64n, 1n << 40n, 1n << 200n])] : [],
        );
      case 3:
        return this.#call(
          from,
          CONTRACTS.mortal,
          random.chance(0.5) ? [random.pick([FRESH(5), from.address, BENEFICIARY])] : [],
        );
      case 4:
        return this.#call(from, CONTRACTS.header, []);
      case 5:
        return this.#call(from, CONTRACTS.burner, [], { gasLimit: 40_000n });
      case 6:
        return this.#call(from, CONTRACTS.token, [FRESH(1), 5], { gasLimit: BigInt(random.int(22_000, 60_000)) });
      case 7:
        return this.#create(from);
      case 8:
      case 9:
        return this.#isPrague ? this.#delegate(from) : this.#factory(from);
      default:
        return this.#isPrague ? this.#useWallet(from) : this.#pay(from, FRESH(3_000 + index), 0n);
    }
  }

  #factory(from: TestAccount): SenderTransaction {
    const random = this.#random;
    return this.#call(from, CONTRACTS.factory, [random.int(1, 3), random.pick([0, 0, 0, 1, 2, 2, 2, 3, 3, 4, 5])], {
      gasLimit: 400_000n,
    });
  }

  #create(from: TestAccount): SenderTransaction {
    const data = this.#random.chance(0.7) ? initCodeOf(counterCode) : assemble(0, 0, 'REVERT');
    return this.#send(from, { to: undefined, data, gasLimit: 200_000n, value: BigInt(this.#random.int(0, 1)) });
  }

  #delegate(from: TestAccount): SenderTransaction {
    const random = this.#random;
    const list = Array.from({ length: random.int(1, 2) }, () => {
      const isOwn = random.chance(0.3);
      const authority = isOwn ? from : random.pick([...RICH.slice(0, 6), ...DELEGATED]);
      const nonce = this.#nextNonce(authority) + (isOwn ? 1 : 0) + (random.chance(0.15) ? 1 : 0);
      const target = random.pick([CONTRACTS.wallet, CONTRACTS.otherWallet, ZERO_ADDRESS]);
      return { authority, authorization: authorize(authority, target, nonce), isOwn };
    });
    const to = list[0]?.authority.address ?? CONTRACTS.wallet;
    const authorizationList = list.map(({ authorization }) => authorization);
    const transaction = this.#send(from, { type: 4, to, authorizationList, gasLimit: 200_000n, value: 0n });
    if (random.chance(0.9))
      for (const { authority } of list) this.#nonces.set(authority.address, this.#nextNonce(authority) + 1);
    return transaction;
  }

  #useWallet(from: TestAccount): SenderTransaction {
    const random = this.#random;
    const wallet = random.pick([...DELEGATED, ...RICH.slice(0, 6)]);
    const action = random.int(0, 2);
    if (random.chance(0.4)) return this.#call(random.pick(DELEGATED), CONTRACTS.counter, []);
    return this.#call(from, wallet.address, [action]);
  }

  #pay(from: TestAccount, to: Address, value = BigInt(this.#random.int(0, 1_000))): SenderTransaction {
    return this.#send(from, { to, value, gasLimit: 60_000n });
  }

  #call(
    from: TestAccount,
    to: Address,
    words: readonly (number | bigint | Address)[],
    fields: TransactionFields = {},
  ): SenderTransaction {
    const data = concatBytes(
      EMPTY_BYTES,
      ...words.map((word) => hexToBytes(`0x${BigInt(word).toString(16).padStart(64, '0')}`)),
    );
    return this.#send(from, { to, data, value: 0n, gasLimit: 250_000n, ...fields });
  }

  #nextNonce({ address }: TestAccount): number {
    const isDelegated = this.#isPrague && DELEGATED.some((account) => account.address === address);
    return this.#nonces.get(address) ?? (isDelegated ? 1 : 0);
  }

  #send(from: TestAccount, fields: TransactionFields): SenderTransaction {
    const random = this.#random;
    const isOld = !isActive(this.#fork, 'london');
    const type = isOld ? 0 : random.chance(0.2) ? random.pick([0, 1] as const) : 2;
    const nonce = this.#nextNonce(from);
    if (fields.nonce === undefined) this.#nonces.set(from.address, nonce + 1);
    const tip = random.pick([0n, GWEI, 2n * GWEI]);
    const least = isOld ? 0n : GWEI;
    const fees = type === 2 ? { maxFeePerGas: 3n * GWEI, maxPriorityFeePerGas: tip } : { maxFeePerGas: least + tip };
    const unprotected = isActive(this.#fork, 'spuriousDragon') ? {} : { chainId: undefined };
    const { raw } = signedTransaction(from, { type, nonce, ...fees, ...unprotected, ...fields });
    return { raw, sender: from.address };
  }
}

/** An EIP-7702 authorization of `authority` for `address`, on any chain. */
export function authorize(authority: TestAccount, address: Address, nonce: number): Authorization {
  const message = encodeRlp([EMPTY_BYTES, hexToBytes(address), bigIntToBytes(BigInt(nonce))]);
  const { rs, recovery } = secp256k1.sign(keccak256(concatBytes(Uint8Array.of(0x05), message)), authority.privateKey);
  const r = bytesToBigInt(rs.subarray(0, 32));
  const s = bytesToBigInt(rs.subarray(32));
  return { chainId: 0n, address, nonce: BigInt(nonce), yParity: BigInt(recovery), r, s };
}
