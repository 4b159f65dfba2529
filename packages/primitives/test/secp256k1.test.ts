import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const PRIMITIVES = join(import.meta.dirname, '../dist/index.js');

/** Signs and recovers in a process of its own; `blocked` stands for a platform without the native prebuild. */
function signIn(native: 'available' | 'blocked'): Record<string, unknown> {
  const script = `
    const Module = require('node:module');
    const resolve = Module._resolveFilename;
    Module._resolveFilename = function (request, ...rest) {
      if (${native === 'blocked'} && request === 'secp256k1/bindings.js') throw new Error('no prebuild');
      return resolve.call(this, request, ...rest);
    };
    import(${JSON.stringify(PRIMITIVES)}).then(({ secp256k1, keccak256, bytesToHex }) => {
      const key = keccak256(Buffer.from('key'));
      const digest = keccak256(Buffer.from('message'));
      const { rs, recovery } = secp256k1.sign(digest, key);
      const publicKey = bytesToHex(secp256k1.publicKey(key));
      const recovered = bytesToHex(secp256k1.recover(digest, { rs, recovery }));
      const isZeroKey = secp256k1.isPrivateKey(new Uint8Array(32));
      console.log(JSON.stringify({ name: secp256k1.name, rs: bytesToHex(rs), recovery, publicKey, recovered, isZeroKey }));
    });`;
  return JSON.parse(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }));
}

test('without the native library WebAssembly takes over and gives the same signatures and keys', () => {
  const native = signIn('available');
  const wasm = signIn('blocked');
  expect(wasm).toEqual({ ...native, name: 'wasm' });
  expect(wasm.recovered).toBe(wasm.publicKey);
  expect(wasm.isZeroKey).toBe(false);
});
