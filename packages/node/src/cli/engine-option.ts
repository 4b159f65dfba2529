import { DEFAULT_ENGINE, ENGINE_NAMES } from '@heddle/primitives';
import { Option } from 'commander';

/** `--engine`: which EVM runs transactions and calls. */
export function engineOption(): Option {
  return new Option('--engine <name>', `which EVM runs (default: ${DEFAULT_ENGINE})`).choices(ENGINE_NAMES);
}
