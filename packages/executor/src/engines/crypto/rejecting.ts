import { RunAbandoned } from '../../engine.ts';

/** `operation`, undefined where it throws: mcl does so for numbers outside the field. */
export function rejecting<T>(operation: (input: Uint8Array) => T | undefined): (input: Uint8Array) => T | undefined {
  return (input) => {
    try {
      return operation(input);
    } catch (error) {
      if (error instanceof RunAbandoned) throw error; // says nothing about the input
      return undefined;
    }
  };
}
