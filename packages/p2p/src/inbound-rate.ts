import type { NetworkLimits } from './limits.ts';
import { createTokenBucket, type TokenBucket } from './token-bucket.ts';

/** Connections a second from one address of the open internet; libp2p itself counts those of any address. */
export interface InboundRate {
  /** Whether one more may come from `address`, a multiaddr. */
  allows(address: string): boolean;
}

/** Addresses remembered at most; above it the oldest is forgotten. */
const REMEMBERED_HOSTS = 1_024;

/** Nobody has come yet. */
export function createInboundRate(
  { publicInboundPerSecond }: Pick<NetworkLimits, 'publicInboundPerSecond'>,
  now: () => number,
): InboundRate {
  const buckets = new Map<string, TokenBucket>();
  return {
    allows(address) {
      const host = address.split('/')[2] ?? '';
      if (isNear(host)) return true;
      const rate = { perSecond: publicInboundPerSecond, burst: publicInboundPerSecond };
      const bucket = buckets.get(host) ?? createTokenBucket(rate, now);
      buckets.delete(host); // to the end of the order
      buckets.set(host, bucket);
      if (buckets.size > REMEMBERED_HOSTS) buckets.delete(buckets.keys().next().value as string);
      return bucket.take(1);
    },
  };
}

/** Loopback, private and link-local: a devnet's own machine, containers and cluster. */
function isNear(host: string): boolean {
  return (
    /^(::ffff:)?(127\.|10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2[0-9]|3[01])\.)/i.test(host) ||
    /^(::1$|f[cd]|fe[89ab])/i.test(host)
  );
}
