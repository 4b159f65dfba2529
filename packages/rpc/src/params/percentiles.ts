import { expectArray, kindOf, ParameterError, type ParameterType } from './parameter.ts';

/** Numbers; their range and order are judged where the answer is made, with geth's text. */
export const percentiles: ParameterType<readonly number[]> = {
  description: 'ascending numbers from 0 to 100',
  parse: (value) =>
    expectArray(value).map((item) => {
      if (typeof item !== 'number') throw new ParameterError(`expected a number, got ${kindOf(item)}`);
      return item;
    }),
};
