import { isIP } from 'node:net';

/** Judges the `Host` of requests against DNS rebinding: a page in a browser reaching a local node by its own name. */
export interface HostCheck {
  isAllowed(hostHeader: string | undefined): boolean;
}

/** How the server listens. */
export interface HostCheckOptions {
  /** The address that it is bound to. */
  readonly host: string;
  /** Names that are served; `*` serves all. Undefined: `localhost` while bound to loopback, else all. */
  readonly vhosts: readonly string[] | undefined;
}

/** The check of a server: addresses are always served (geth's rule), names when they are known. */
export function createHostCheck({ host, vhosts }: HostCheckOptions): HostCheck {
  const names = vhosts ?? (isLoopback(host) ? [] : ['*']);
  const known = new Set(['localhost', ...names.map((name) => name.toLowerCase())]);
  if (known.has('*')) return { isAllowed: () => true };
  return {
    isAllowed(hostHeader) {
      if (hostHeader === undefined || hostHeader === '') return true; // HTTP/1.0: no browser sends that
      const name = hostName(hostHeader);
      return name !== undefined && (isIP(name) !== 0 || known.has(name));
    },
  };
}

/** Whether only this machine reaches `host`. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host) || /^::ffff:127\./.test(host);
}

/** The name or address in a Host header without its port; undefined when it is malformed. */
function hostName(hostHeader: string): string | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]/\s]+))(?::[0-9]{1,5})?$/i.exec(hostHeader);
  return (match?.[1] ?? match?.[2])?.toLowerCase();
}
