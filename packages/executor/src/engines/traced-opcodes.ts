import type { FrameKind, StorageAccess } from '../tracer.ts';

/** What opens a frame, by its opcode. */
export const FRAME_KINDS: Readonly<Record<number, FrameKind>> = {
  240: 'CREATE',
  241: 'CALL',
  242: 'CALLCODE',
  244: 'DELEGATECALL',
  245: 'CREATE2',
  250: 'STATICCALL',
};

/** What reads or writes a slot, by its opcode: SLOAD, SSTORE, TLOAD, TSTORE. */
export const STORAGE_KINDS: Readonly<Record<number, StorageAccess['kind']>> = {
  84: 'read',
  85: 'write',
  92: 'transientRead',
  93: 'transientWrite',
};
