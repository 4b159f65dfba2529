import { rpcErrors } from '../errors.ts';
import { expectObject, type ParameterType } from './parameter.ts';

/** Overrides of state or block, which this node does not offer yet: an empty object is accepted. */
export function noOverrides(which: 'state' | 'block'): ParameterType<undefined> {
  return {
    description: `${which} overrides (not supported yet: only {} is accepted)`,
    parse(value) {
      if (Object.keys(expectObject(value)).length > 0) throw rpcErrors.overridesUnsupported(which);
      return undefined;
    },
  };
}
