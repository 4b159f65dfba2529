import { HeddleError } from '@heddle/primitives';

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
