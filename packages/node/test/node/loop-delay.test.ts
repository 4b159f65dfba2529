import { waitFor } from '@heddle/testkit';
import { expect, it } from 'vitest';
import { watchLoopDelay } from '../../src/loop-delay.ts';

it('shows how late the event loop was, and forgets it after a window', async () => {
  const delay = watchLoopDelay(1_000);
  const start = performance.now();
  await waitFor(() => performance.now() > start + 100, { what: 'the first looks' });
  const end = performance.now() + 2_000;
  while (performance.now() < end);
  await waitFor(() => delay.figures().max >= 1.95, { what: 'the delay to be seen' });
  expect(delay.figures().max).toBeGreaterThanOrEqual(delay.figures().p99);
  await waitFor(() => delay.figures().max < 1.95, { what: 'a quiet window' });
  delay.stop();
});
