import { bigIntToBytes, concatBytes, HeddleError, type Hex, hexToBytes, OPCODES } from '@heddle/primitives';

/** A place in the code; assembles to JUMPDEST. */
export interface Label {
  readonly label: string;
}

/** Pushes the place of a label (always PUSH2). */
export interface LabelReference {
  readonly at: string;
}

/**
 * One element of a program: an opcode's name; a number or bigint >= 0 (pushed with the shortest PUSH, 0 as PUSH0);
 * 0x-hex (pushed in exactly its size, at most 32 bytes); raw bytes; a label; a reference to one.
 */
export type CodeElement = string | number | bigint | Uint8Array | Label | LabelReference;

/**
 * EVM code from readable elements.
 *
 * @example assemble('CALLVALUE', 0, 'SSTORE', 'STOP')
 * @throws HeddleError `BYTECODE_MALFORMED` for an unknown name or label.
 */
export function assemble(...program: readonly CodeElement[]): Uint8Array {
  const places = new Map<string, number>();
  let size = 0;
  for (const element of program) {
    if (isLabel(element)) places.set(element.label, size);
    size += encodeElement(element, undefined).length;
  }
  return concatBytes(...program.map((element) => encodeElement(element, places)));
}

/** Init code that deploys `runtime` unchanged. */
export function initCodeOf(runtime: Uint8Array): Uint8Array {
  const header = (offset: number) => assemble(runtime.length, 'DUP1', offset, 0, 'CODECOPY', 0, 'RETURN');
  return concatBytes(header(header(0xff).length), runtime);
}

/** The byte of an opcode. @throws HeddleError `BYTECODE_MALFORMED` */
export function opcode(name: string): number {
  const byte = OPCODES[name];
  if (byte === undefined) throw new HeddleError('BYTECODE_MALFORMED', `no opcode is called ${name}`);
  return byte;
}

function encodeElement(element: CodeElement, places: ReadonlyMap<string, number> | undefined): Uint8Array {
  if (element instanceof Uint8Array) return element;
  if (typeof element === 'string') {
    return element.startsWith('0x') ? push(hexToBytes(element as Hex)) : Uint8Array.of(opcode(element));
  }
  if (typeof element === 'number' || typeof element === 'bigint') return push(bigIntToBytes(BigInt(element)));
  if (isLabel(element)) return Uint8Array.of(opcode('JUMPDEST'));
  const place = places === undefined ? 0 : places.get(element.at);
  if (place === undefined) throw new HeddleError('BYTECODE_MALFORMED', `no label is called ${element.at}`);
  return Uint8Array.of(opcode('PUSH2'), place >> 8, place & 0xff);
}

function push(bytes: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(opcode(`PUSH${bytes.length}`)), bytes);
}

function isLabel(element: CodeElement): element is Label {
  return typeof element === 'object' && 'label' in element;
}
