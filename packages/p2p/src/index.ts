import './promise-with-resolvers.ts';

export { createIdentity, identityFromSeed, type P2pIdentity, peerIdOfKey } from './identity.ts';
export { NETWORK_LIMITS, type NetworkLimits, PENALTY, type Rate } from './limits.ts';
export { LinkFaults } from './link-faults.ts';
export { type LinkRule, SOUND_LINK } from './link-rule.ts';
export { createNetwork } from './network.ts';
export type * from './ports.ts';
export { type SeededRandom, seededRandom } from './seeded-random.ts';
