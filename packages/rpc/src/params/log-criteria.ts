import type { Address, Hash } from '@heddle/primitives';
import { rpcErrors } from '../errors.ts';
import { type BlockNumberId, blockNumber } from './block-id.ts';
import { address, hash } from './bytes.ts';
import { expectArray, expectObject, field, ParameterError, type ParameterType } from './parameter.ts';

/** Which logs a caller wants. Absent bounds are the head; no addresses: any; an empty topic position: any. */
export interface LogCriteria {
  readonly blockHash: Hash | undefined;
  readonly fromBlock: BlockNumberId | undefined;
  readonly toBlock: BlockNumberId | undefined;
  readonly addresses: readonly Address[];
  readonly topics: readonly (readonly Hash[])[];
}

/** Matches every log of the head. */
export const ANY_LOGS: LogCriteria = {
  blockHash: undefined,
  fromBlock: undefined,
  toBlock: undefined,
  addresses: [],
  topics: [],
};

/** Geth's `maxTopics`. */
const MAX_TOPIC_POSITIONS = 4;

/** {@link LogCriteria}; counts of addresses and alternatives are judged where the limits are known. */
export const logCriteria: ParameterType<LogCriteria> = {
  description: 'filter {fromBlock?, toBlock? | blockHash?, address?, topics?}',
  parse(value) {
    const object = expectObject(value);
    const blockHash = field(object, 'blockHash', hash);
    const fromBlock = field(object, 'fromBlock', blockNumber);
    const toBlock = field(object, 'toBlock', blockNumber);
    if (blockHash !== undefined && (fromBlock !== undefined || toBlock !== undefined)) {
      throw rpcErrors.blockHashAndRange();
    }
    const addresses = field(object, 'address', oneOrMany(address)) ?? [];
    const topics = field(object, 'topics', topicPositions) ?? [];
    return { blockHash, fromBlock, toBlock, addresses, topics };
  },
};

/** @throws ParameterError when there are more addresses or alternatives than `limits` allow (geth's texts). */
export function checkCriteria(
  criteria: LogCriteria,
  limits: { readonly logAddressCount: number; readonly logTopicCount: number },
): void {
  if (criteria.addresses.length > limits.logAddressCount) {
    throw rpcErrors.invalidArgument(0, `exceed max addresses or topics per search position: ${limits.logAddressCount}`);
  }
  if (criteria.topics.some((alternatives) => alternatives.length > limits.logTopicCount)) {
    throw rpcErrors.invalidArgument(0, `exceed max addresses or topics per search position: ${limits.logTopicCount}`);
  }
}

const topicPositions: ParameterType<readonly (readonly Hash[])[]> = {
  description: 'up to 4 of null, topic or array of topics',
  parse(value) {
    const positions = expectArray(value);
    if (positions.length > MAX_TOPIC_POSITIONS) throw new ParameterError('exceed max topics');
    return positions.map((position) => {
      if (position === null || position === undefined) return [];
      if (!Array.isArray(position)) return [hash.parse(position)];
      // A null among the alternatives matches anything, so the position does.
      return position.includes(null) ? [] : position.map((topic) => hash.parse(topic));
    });
  },
};

function oneOrMany<T>(type: ParameterType<T>): ParameterType<readonly T[]> {
  return {
    description: `${type.description} or array of them`,
    parse: (value) => (Array.isArray(value) ? value.map((item) => type.parse(item)) : [type.parse(value)]),
  };
}
