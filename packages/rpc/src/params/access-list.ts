import type { AccessListEntry, Authorization } from '@heddle/primitives';
import { address, hash } from './bytes.ts';
import { expectArray, expectObject, field, ParameterError, type ParameterType } from './parameter.ts';
import { quantity, quantity64 } from './quantity.ts';

/** An EIP-2930 access list. */
export const accessList: ParameterType<readonly AccessListEntry[]> = {
  description: 'access list [{address, storageKeys}]',
  parse: (value) =>
    expectArray(value).map((item) => {
      const object = expectObject(item);
      const keys = field(object, 'storageKeys', { description: 'hashes', parse: expectArray }) ?? [];
      return { address: mandatory(object, 'address', address), storageKeys: keys.map((key) => hash.parse(key)) };
    }),
};

/** EIP-7702 authorizations. */
export const authorizationList: ParameterType<readonly Authorization[]> = {
  description: 'authorizations [{chainId, address, nonce, yParity, r, s}]',
  parse: (value) =>
    expectArray(value).map((item) => {
      const object = expectObject(item);
      return {
        chainId: mandatory(object, 'chainId', quantity),
        address: mandatory(object, 'address', address),
        nonce: mandatory(object, 'nonce', quantity64),
        yParity: field(object, 'yParity', quantity64) ?? mandatory(object, 'v', quantity64),
        r: mandatory(object, 'r', looseWord),
        s: mandatory(object, 's', looseWord),
      };
    }),
};

/** Signature halves come as quantities or, from some signers, as 32 bytes with leading zeros. */
const looseWord: ParameterType<bigint> = {
  description: 'quantity or 32 bytes',
  parse: (value) =>
    typeof value === 'string' && value.length === 66 ? BigInt(hash.parse(value)) : quantity.parse(value),
};

function mandatory<T>(object: Readonly<Record<string, unknown>>, name: string, type: ParameterType<T>): T {
  const value = field(object, name, type);
  if (value === undefined) throw new ParameterError(`missing field ${name}`);
  return value;
}
