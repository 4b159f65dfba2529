/** Cuts what arrives into lines. Calls `onOverflow` once, and no more lines, when one grows beyond the limit. */
export function createLineReader(
  limitBytes: number,
  on: { line(line: string): void; overflow(): void },
): (chunk: Buffer) => void {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let isOver = false;
  return (chunk) => {
    let rest = chunk;
    while (!isOver && rest.length > 0) {
      const end = rest.indexOf(0x0a);
      const piece = end < 0 ? rest : rest.subarray(0, end);
      pending.push(piece);
      pendingBytes += piece.length;
      if (pendingBytes > limitBytes) {
        isOver = true;
        pending = [];
        on.overflow();
        return;
      }
      if (end < 0) return;
      const line = Buffer.concat(pending).toString('utf8');
      pending = [];
      pendingBytes = 0;
      rest = rest.subarray(end + 1);
      on.line(line);
    }
  };
}
