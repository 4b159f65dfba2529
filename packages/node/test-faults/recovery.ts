import { waitFor } from '@heddle/testkit';
import { callWithin } from './json-rpc.ts';
import { type NetworkUnderFault, PATIENCE_MS } from './network-under-fault.ts';

/**
 * Waits until a validator is at the head that the network had when this was called and its own signature stands in a
 * certificate above that. Milliseconds from `sinceMs`.
 *
 * @throws HeddleError `WAITED_IN_VAIN`
 */
export async function recovered(network: NetworkUnderFault, index: number, sinceMs: number): Promise<number> {
  const head = network.watch.head();
  await waitFor(async () => (await hasSigned(network, index, head)) || undefined, {
    what: `validator ${index} to sign above block ${head}`,
    timeoutMs: PATIENCE_MS,
    everyMs: 50,
  });
  return performance.now() - sinceMs;
}

/** Whether the newest certificate that a validator itself holds is above `height` and has its signature. */
async function hasSigned(network: NetworkUnderFault, index: number, height: number): Promise<boolean> {
  const certificate = await callWithin(2_000, network.url(index), 'heddle_getCommit', ['latest']);
  if (certificate === null || Number(certificate.height) <= height) return false;
  const signers: string[] = certificate.signatures.map(({ validator }: { validator: string }) =>
    validator.toLowerCase(),
  );
  return signers.includes(network.address(index));
}
