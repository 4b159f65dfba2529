import type { ConsensusDriver } from './consensus/consensus-driver.ts';

/** What readiness follows from. */
export type ReadinessSource = Pick<ConsensusDriver, 'status'>;

/** How often it is looked at. */
const LOOK_EVERY_MS = 500;

/**
 * Tells whether the node's answers are those of the chain: it has peers (unless it is the only validator) and is at
 * the head as far as it knows. `tell` hears the first state at once and then each change. Gives the way to stop.
 */
export function watchReadiness(
  source: ReadinessSource,
  options: { readonly needsPeers: boolean; readonly lookEveryMs?: number },
  tell: (isReady: boolean) => void,
): () => void {
  let told: boolean | undefined;
  const look = () => {
    const { peers, syncing } = source.status();
    const isReady = syncing === undefined && (peers > 0 || !options.needsPeers);
    if (isReady === told) return;
    told = isReady;
    tell(isReady);
  };
  look();
  const timer = setInterval(look, options.lookEveryMs ?? LOOK_EVERY_MS);
  return () => clearInterval(timer);
}
