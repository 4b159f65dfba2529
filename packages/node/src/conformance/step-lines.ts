import type { CreateEngine, Tracer } from '@heddle/executor';
import { bytesToHex, opcodeName } from '@heddle/primitives';
import type { ConformanceCase } from './run-cases.ts';

const PREVRANDAO = 0x44;
const REVERT = 0xfd;

/**
 * A tracer that writes a line of JSON for each step, and one for the end of each outermost message: EIP-3155, with the
 * fields and spellings of geth's `evm` (eth/tracers/logger). An operation that fails is told once, with its error.
 */
export function stepLines(write: (line: string) => void): Tracer {
  let step: Record<string, unknown> = {};
  let gasGiven = 0n;
  return {
    frameStart({ depth, gas }) {
      if (depth === 0) gasGiven = gas;
    },
    step({ pc, opcode, gas, memorySize, depth, stack }) {
      step = { pc, op: opcode, gas: hex(gas), memSize: memorySize, stack: stack().map(hex), depth: depth + 1 };
    },
    stepEnd({ gasCost, refund, error }) {
      const { pc, op, gas, ...rest } = step;
      const told = { opName: nameOf(Number(op)), error: op === REVERT ? (error ?? 'execution reverted') : error };
      write(JSON.stringify({ pc, op, gas, gasCost: hex(gasCost), ...rest, refund: Number(refund), ...told }));
    },
    storage() {},
    frameEnd({ depth, gasLeft, error, output }) {
      if (depth > 0) return;
      write(JSON.stringify({ output: bytesToHex(output()).slice(2), gasUsed: hex(gasGiven - gasLeft), error }));
    },
  };
}

/** Engines as `createEngine` makes them, which write the lines of all that they run. */
export function writesSteps(createEngine: CreateEngine, write: (line: string) => void): CreateEngine {
  const tracer = stepLines(write);
  return (rules) => createEngine(rules, { tracer });
}

/** {@link writesSteps} for engines that run blocks: a line before the steps says of which transaction they are. */
export function writesStepsOfBlocks(createEngine: CreateEngine, write: (line: string) => void): CreateEngine {
  let place: object | undefined; // of a run that has no step so far
  const lines = stepLines(write);
  const tracer: Tracer = {
    ...lines,
    frameStart(frame) {
      if (place !== undefined) write(JSON.stringify(place));
      place = undefined;
      lines.frameStart(frame);
    },
  };
  return async (rules) => {
    const engine = await createEngine(rules, { tracer });
    let blockNumber = 0;
    let transaction = 0;
    return {
      name: engine.name,
      beginBlock(environment) {
        blockNumber = environment.number;
        transaction = 0;
        engine.beginBlock(environment);
      },
      runBlockStart(state) {
        place = { blockNumber, system: 'start' };
        return engine.runBlockStart(state);
      },
      runTransaction(...run) {
        place = { blockNumber, transaction: transaction++ };
        return engine.runTransaction(...run);
      },
      runBlockEnd(...end) {
        place = { blockNumber, system: 'end' };
        return engine.runBlockEnd(...end);
      },
      runCall: (...call) => engine.runCall(...call),
    };
  };
}

/** The same cases, each of which writes a line with its name, fork and index before it runs. */
export function* announceCases(
  cases: Iterable<ConformanceCase>,
  write: (line: string) => void,
): Generator<ConformanceCase> {
  for (const one of cases) {
    const { name, fork, index } = one;
    const run = () => {
      write(JSON.stringify({ name, fork, index }));
      return one.run();
    };
    yield { ...one, run };
  }
}

function nameOf(opcode: number): string {
  if (opcode === PREVRANDAO) return 'DIFFICULTY'; // geth has not renamed it
  return opcodeName(opcode) ?? `opcode ${hex(BigInt(opcode))} not defined`;
}

function hex(quantity: bigint): string {
  return `0x${quantity.toString(16)}`;
}
