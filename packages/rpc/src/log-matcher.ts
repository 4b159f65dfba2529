import { bloomMayHold, type Hex, hexToBytes, type Log } from '@heddle/primitives';
import type { LoggedBlock } from './block-readings.ts';
import { logJson } from './json/log-json.ts';
import type { LogCriteria } from './params/log-criteria.ts';

/** Whether one log is wanted, and whether a bloom rules a whole block out. */
export interface LogMatcher {
  matches(log: Log): boolean;
  /** False is certain. */
  mayMatch(logsBloom: Hex): boolean;
}

/** The matcher of addresses and topics; blocks are chosen elsewhere. */
export function createLogMatcher({ addresses, topics }: Pick<LogCriteria, 'addresses' | 'topics'>): LogMatcher {
  const wantedAddresses = new Set(addresses);
  const wantedTopics = topics.map((alternatives) => new Set(alternatives));
  const bloomGroups = [addresses, ...topics]
    .filter((group) => group.length > 0)
    .map((group) => group.map((entry) => hexToBytes(entry)));
  return {
    matches(log) {
      if (wantedAddresses.size > 0 && !wantedAddresses.has(log.address)) return false;
      if (log.topics.length < wantedTopics.length) return false; // also when the surplus positions want anything
      return wantedTopics.every((wanted, index) => wanted.size === 0 || wanted.has(log.topics[index] ?? '0x'));
    },
    mayMatch(logsBloom) {
      if (bloomGroups.length === 0) return true;
      const bloom = hexToBytes(logsBloom);
      return bloomGroups.every((group) => group.some((entry) => bloomMayHold(bloom, entry)));
    },
  };
}

/** The block's logs that `matcher` wants, in order, JSON-ready. */
export function matchingLogs(reading: LoggedBlock, matcher: LogMatcher): Record<string, unknown>[] {
  if (!matcher.mayMatch(reading.stored.block.header.logsBloom)) return [];
  return reading
    .receipts()
    .flatMap(({ logs }, index) =>
      logs.flatMap((log, position) =>
        matcher.matches(log) ? [logJson(reading, index, reading.firstLogIndex(index), position)] : [],
      ),
    );
}
