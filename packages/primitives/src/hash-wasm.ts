// What this room uses of hash-wasm, in a file of its own: the package holds every hash there is, 280 KB of text that each
// thread of a node would read. The build bundles the compiled form of this file (scripts/bundle.mjs), with Keccak alone.
export { createKeccak } from 'hash-wasm';
