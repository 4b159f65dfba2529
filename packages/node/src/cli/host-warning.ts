import type { RpcConfig } from '../config.ts';

/** What to say to someone who serves RPC beyond this machine without saying to whom; undefined: nothing. */
export function openHostWarning({ host, vhosts }: Pick<RpcConfig, 'host' | 'vhosts'>): string | undefined {
  if (vhosts !== undefined || isLoopback(host)) return undefined;
  return `RPC on ${host} is open to the network for any host name; --vhosts names the ones to serve`;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
