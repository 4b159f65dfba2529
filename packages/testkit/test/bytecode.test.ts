import { bytesToHex } from '@heddle/primitives';
import { expect, test } from 'vitest';
import { assemble, initCodeOf, opcode } from '../src/bytecode.ts';

test('numbers take the shortest PUSH and hex keeps its size', () => {
  expect(bytesToHex(assemble(0, 1, 0xff, 0x100, '0x0001', 'STOP'))).toBe('0x5f600160ff61010061000100');
});

test('labels assemble to JUMPDEST and references to PUSH2 of their place', () => {
  expect(bytesToHex(assemble({ label: 'loop' }, 1, 'POP', { at: 'loop' }, 'JUMP'))).toBe('0x5b60015061000056');
});

test('opcodes stand at their bytes of the yellow paper', () => {
  const bytes = ['CLZ', 'SELFBALANCE', 'BLOBBASEFEE', 'MCOPY', 'PUSH32', 'DUP16', 'SWAP1', 'LOG4', 'STATICCALL'];
  expect(bytes.map(opcode)).toEqual([0x1e, 0x47, 0x4a, 0x5e, 0x7f, 0x8f, 0x90, 0xa4, 0xfa]);
  expect(() => assemble('NOPE')).toThrow('no opcode is called NOPE');
  expect(() => assemble({ at: 'nowhere' })).toThrow('no label is called nowhere');
});

test('init code copies the runtime that follows it', () => {
  const long = initCodeOf(new Uint8Array(300).fill(1));
  expect(bytesToHex(long.subarray(0, 11))).toBe('0x61012c80600a5f395ff301'); // PUSH2 300, DUP1, PUSH1 10, …, RETURN
});
