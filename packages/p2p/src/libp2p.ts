// What this room uses of libp2p, in one file: its packages are some 1,500 modules, which take Node half a second to find
// and load. The build bundles the compiled form of this file (scripts/bundle.mjs); it loads in a tenth of a second.
export {
  generateKeyPair,
  generateKeyPairFromSeed,
  privateKeyFromProtobuf,
  privateKeyToProtobuf,
} from '@libp2p/crypto/keys';
export { gossipsub } from '@libp2p/gossipsub';
export { identify } from '@libp2p/identify';
export { noise } from '@libp2p/noise';
export { peerIdFromPrivateKey } from '@libp2p/peer-id';
export { ping } from '@libp2p/ping';
export { tcp } from '@libp2p/tcp';
export { yamux } from '@libp2p/yamux';
export { type Multiaddr, multiaddr } from '@multiformats/multiaddr';
export { createLibp2p } from 'libp2p';
