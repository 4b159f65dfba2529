import type { ExecutionRules } from '@heddle/primitives';
import type { JsonField } from '../files/json-field.ts';
import { type ChainConfig, executionRulesAt } from '../foreign/chain-config.ts';
import { continuedChainConfig, heddleChainConfig } from '../foreign/heddle-chain-config.ts';
import { readChainConfig } from '../foreign/read-chain-config.ts';
import type { HeddleConfig } from './heddle-config.ts';

/** Of a chain of Heddle's own, from genesis. */
const FORK = 'osaka';

/**
 * The rules of the blocks that `heddle` is about, which stands in `config` of a genesis.json (or did, while the chain was
 * at those blocks); undefined: of those that no validators of Heddle's decided.
 *
 * @throws HeddleError `FILE_MALFORMED`
 */
export function chainConfigOf(config: JsonField, heddle: HeddleConfig | undefined): ChainConfig {
  if (heddle === undefined) return readChainConfig(config);
  if (heddle.base) return continuedChainConfig(chainConfigOf(config, heddle.base.before), heddle);
  return heddleChainConfig({ ...heddle, chainId: chainIdOf(config), fork: FORK });
}

/**
 * The one set of rules that blocks after `heddle.base` are executed by: of the newest fork, since none comes into force
 * while validators run (`heddle devnet --from` refuses a chain that has one ahead).
 */
export function executionRulesOf(config: JsonField, heddle: HeddleConfig): ExecutionRules {
  if (heddle.base === undefined) {
    const { transactionGasCap, codeSizeLimit } = heddle;
    return { chainId: chainIdOf(config), fork: FORK, transactionGasCap, codeSizeLimit };
  }
  const number = heddle.base.number + 1;
  return executionRulesAt(chainConfigOf(config, heddle), {
    number,
    timestamp: Number.MAX_SAFE_INTEGER,
    isMerged: true,
  });
}

function chainIdOf(config: JsonField): number {
  return config.field('chainId').number(1, Number.MAX_SAFE_INTEGER);
}
