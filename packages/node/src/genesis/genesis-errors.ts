import { HeddleError } from '@heddle/primitives';

/** `GENESIS_MALFORMED`: a value of genesis.json that cannot be; `path` is its place in the file (`alloc.0x…ff.nonce`). */
export function genesisMalformed(file: string, path: string, found: unknown, expected: string): HeddleError {
  const where = path === '' ? file : `${file}: ${path}`;
  return new HeddleError('GENESIS_MALFORMED', `${where}: found ${shown(found)}, expected ${expected}`, {
    remedy: 'correct the file and start again',
  });
}

/** `GENESIS_UNREADABLE`: the file is missing, cannot be read or is not JSON. */
export function genesisUnreadable(file: string, why: string, cause: unknown): HeddleError {
  return new HeddleError('GENESIS_UNREADABLE', `${file}: ${why}`, { remedy: 'give the path of a genesis.json', cause });
}

/** `GENESIS_CONTRADICTED`: a flag and the given genesis file say different things. */
export function genesisContradicted(file: string, path: string, inFile: string, flag: string): HeddleError {
  return new HeddleError('GENESIS_CONTRADICTED', `${file}: ${path} is ${inFile}, but the flag says ${flag}`, {
    remedy: 'leave the flag out, or change the file',
  });
}

/** `MNEMONIC_INVALID` */
export function mnemonicInvalid(cause: unknown): HeddleError {
  return new HeddleError('MNEMONIC_INVALID', '--mnemonic: this is no valid BIP-39 phrase', {
    remedy: 'give 12 to 24 words of the English list whose checksum fits',
    cause,
  });
}

/** `NETWORK_KEY_INVALID`: the file of a node's libp2p key holds something else. */
export function networkKeyInvalid(file: string): HeddleError {
  return new HeddleError('NETWORK_KEY_INVALID', `${file}: no Ed25519 key in libp2p's protobuf form as hex`, {
    remedy: 'restore the file; a new key is a new peer id, which the other nodes must be told',
  });
}

const SHOWN_CHARACTERS = 60;

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}
