import { HeddleError } from '@heddle/primitives';

/** `REPLAY_FILE_TOO_LARGE`: an input that no block can have. */
export function fileTooLarge(file: string, sizeBytes: number, maxBytes: number): HeddleError {
  const mebibytes = (bytes: number) => `${Math.ceil(bytes / 2 ** 20)} MiB`;
  return new HeddleError(
    'REPLAY_FILE_TOO_LARGE',
    `${file}: has ${mebibytes(sizeBytes)}, above ${mebibytes(maxBytes)}`,
    {
      remedy: 'give the files of one block; of a prestate, one that is merged to an object is smaller',
    },
  );
}

/** `REPLAY_NO_BLOCK`: what should be a block is something else. */
export function notABlock(file: string, { isPrestate }: { readonly isPrestate: boolean }): HeddleError {
  const looks = isPrestate ? 'it looks like a prestate, accounts by their addresses' : 'it has no parentHash';
  const remedy = 'give --block the answer of eth_getBlockByNumber with full transactions';
  return new HeddleError('REPLAY_NO_BLOCK', `${file}: is no block: ${looks}`, {
    remedy: isPrestate ? `${remedy}, and this file to --prestate` : remedy,
  });
}

/** `REPLAY_CHAIN_UNKNOWN`: the block is of another chain than the rules. */
export function chainUnknown(found: bigint, expected: number): HeddleError {
  const message = `the block has transactions for chain ${found}, the rules are those of chain ${expected}`;
  return new HeddleError('REPLAY_CHAIN_UNKNOWN', message, {
    remedy: 'give the genesis.json of its chain with --genesis',
  });
}

/** `REPLAY_BLOCK_HASH_MISSING`: BLOCKHASH asks for what nobody gave. */
export function blockHashesMissing(numbers: readonly number[]): HeddleError {
  const [first, ...others] = numbers;
  const more = others.length === 0 ? '' : ` (and of ${others.join(', ')})`;
  const message = `a transaction reads the hash of block ${first}${more} with BLOCKHASH, and it is not given`;
  return new HeddleError('REPLAY_BLOCK_HASH_MISSING', message, {
    remedy: `give --block-hashes FILE with {"${first}": "0x…"} in it`,
  });
}

/** `REPLAY_CODE_MISSING`: an account of the prestate names a code that is not there. */
export function prestateCodeMissing(place: string, codeHash: string, codesFile: string): HeddleError {
  return new HeddleError('REPLAY_CODE_MISSING', `${place}: its code ${codeHash} is not in ${codesFile}`, {
    remedy: 'give the file that holds codes by hash with --codes, or a prestate with "code" in its accounts',
  });
}

/** `REPLAY_DISAGREES`: what plain execution took, another way of running the block refused, which is a fault of ours. */
export function runRefused(
  name: string,
  { transactionIndex, reason }: { readonly transactionIndex: number; readonly reason: string },
): HeddleError {
  const message = `transaction ${transactionIndex}: plain execution takes it, ${name} refuses it: ${reason}`;
  return new HeddleError('REPLAY_DISAGREES', message, { remedy: 'please report it with the files' });
}
