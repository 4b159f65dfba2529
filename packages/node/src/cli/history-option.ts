import { Option } from 'commander';
import { readHistory } from './flag-values.ts';

/** `--history`: how far back states can be read. */
export function historyOption(): Option {
  const description = "keep the last blocks' states and prune older ones (default: keep all)";
  return new Option('--history <blocks>', description).argParser(readHistory);
}
