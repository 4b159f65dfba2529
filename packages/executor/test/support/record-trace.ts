import { bytesToHex, keccak256Hex } from '@heddle/primitives';
import type { Tracer } from '../../src/tracer.ts';

/** A tracer that notes all that it hears, as lines to compare. */
export interface TraceRecorder extends Tracer {
  readonly lines: string[];
}

/** One that has heard nothing. */
export function recordTrace(): TraceRecorder {
  const lines: string[] = [];
  const note = (what: string, fields: object) => void lines.push(`${what} ${JSON.stringify(fields, inHex)}`);
  return {
    lines,
    frameStart: ({ input, ...fields }) => note('frame', { ...fields, input: bytesToHex(input()) }),
    step(step) {
      const { depth, pc, opcode, gas, stackSize, memorySize } = step;
      const stack = step.stack();
      if (stackSize > 0 && step.peek(0) !== stack.at(-1)) throw new RangeError('the top of the stack is its last word');
      note('step', { depth, pc, opcode, gas, stackSize, memorySize, stack, memory: keccak256Hex(step.memory()) });
    },
    stepEnd: (end) => note('end', { ...end }),
    storage: (access) => note('storage', access),
    frameEnd: ({ output, ...fields }) => note('frame end', { ...fields, output: bytesToHex(output()) }),
  };
}

function inHex(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString(16) : value;
}
