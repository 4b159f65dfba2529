import type { Behaviour } from './behaviour.ts';

/** Connected, says where it stands, relays what others sign, and never votes or proposes. */
export function silent(): Behaviour {
  return { sendOwn: () => [] };
}
