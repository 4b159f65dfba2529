import type { RpcLog } from '@heddle/rpc';
import type { RemoteSide } from '../threads/port-rpc.ts';
import type { LogLine, MainForRpc } from './main-boundary.ts';

/** A log whose lines main writes. */
export function createRemoteLog(main: Pick<RemoteSide<MainForRpc>, 'notify'>): RpcLog {
  const write = (level: LogLine['level']) => (fields: object, message: string) =>
    main.notify('log', { level, message, fields: plainFields(fields) });
  return { error: write('error'), warn: write('warn'), info: write('info'), debug: write('debug') };
}

/** `fields` as any thread can take them: errors and whatever else cannot be cloned become text. */
function plainFields(fields: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plain(value)]));
}

function plain(value: unknown): unknown {
  if (value instanceof Error) {
    return { message: value.message, code: (value as { code?: unknown }).code, stack: value.stack };
  }
  return typeof value === 'object' || typeof value === 'function' ? String(value) : value;
}
