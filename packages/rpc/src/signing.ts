import { type Address, bytesToHex, type Hex } from '@heddle/primitives';
import { rpcErrors } from './errors.ts';
import type { MethodContext } from './method-context.ts';

/** EIP-191 signature with a node-held key. @throws RpcError `unknown account` */
export async function signMessage(context: MethodContext, account: Address, message: Uint8Array): Promise<Hex> {
  const signature = await context.ports.pool.signMessage(account, message);
  if (signature === undefined) throw rpcErrors.unknownAccount();
  return bytesToHex(signature);
}
