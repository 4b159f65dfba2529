import type { Address, Hex } from '@heddle/primitives';
import { MULTICALL3_CODE } from './multicall3-code.ts';

/** A contract that stands on a chain from genesis, with nonce 1 as if it had been deployed. */
export interface Predeploy {
  readonly name: string;
  readonly address: Address;
  readonly code: Hex;
}

/** What deployment tools and libraries look for on every chain (`--predeploys none` leaves them out). */
export const TOOL_CONTRACTS: readonly Predeploy[] = [
  {
    // github.com/Arachnid/deterministic-deployment-proxy: data is a salt and init code, which it passes to CREATE2.
    name: 'deterministic CREATE2 deployer',
    address: '0x4e59b44847b379578588920ca78fbf26c0b4956c',
    code: joined(
      '7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f5801515603957',
      '8182fd5b8082525050506014600cf3',
    ),
  },
  { name: 'Multicall3', address: '0xca11bde05977b3631167028862be2a173976ca11', code: MULTICALL3_CODE },
];

function joined(...parts: readonly string[]): Hex {
  return `0x${parts.join('')}`;
}
