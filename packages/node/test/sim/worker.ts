import { simulate } from './simulation.ts';

// One process of `npm run simulate`: it runs the seeds that it is sent, one after another, and tells of each.

/** A seed to run. */
export interface Order {
  readonly seed: string;
  readonly validators: number;
  readonly heights: number;
  /** Gather the event log. */
  readonly isLogged: boolean;
}

/** What is larger than half of it has memory of its own, which costs more to get and to give back than to fill. */
Buffer.poolSize = 64 * 1_024;

let onRejection: (error: unknown) => void = () => undefined;
process.on('disconnect', () => process.exit()); // there are no more seeds, or nobody waits for this one any more
process.on('unhandledRejection', (error) => onRejection(error));

process.on('message', async (order: Order) => {
  const lines: string[] = [];
  const rejected: unknown[] = [];
  onRejection = (error) => rejected.push(error);
  const startedUs = process.cpuUsage();
  const result = await simulate(order, order.isLogged ? (line) => lines.push(line) : undefined);
  const { user, system } = process.cpuUsage(startedUs);
  const breach =
    rejected.length > 0
      ? { rule: 'honest nodes do not fail', what: `a promise was left alone: ${rejected[0]}` }
      : result.breach;
  if (process.connected) process.send?.({ ...result, breach, cpuMs: (user + system) / 1_000, lines });
});
