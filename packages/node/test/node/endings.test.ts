import { expect, it } from 'vitest';
import { Endings } from '../../src/endings.ts';

function record() {
  const log: string[] = [];
  const endings = new Endings((error) => log.push(`fault: ${error instanceof Error ? error.message : ''}`));
  const part = (name: string) => () => void log.push(name);
  return { log, endings, part };
}

it('ends parts one after another, the latest first, each once', async () => {
  const { log, endings, part } = record();
  endings.add(part('first'));
  endings.add(async () => {
    log.push('second begins');
    await new Promise((resolve) => setImmediate(resolve));
    log.push('second ends');
  });
  endings.add(part('third'));
  await Promise.all([endings.end(), endings.end()]);
  await endings.end();
  expect(log).toEqual(['third', 'second begins', 'second ends', 'first']);
});

it('goes on when a part cannot be ended, and tells of it', async () => {
  const { log, endings, part } = record();
  endings.add(part('first'));
  endings.add(() => Promise.reject(new Error('stuck')));
  endings.add(() => {
    throw new Error('stuck at once');
  });
  await endings.end();
  expect(log).toEqual(['fault: stuck at once', 'fault: stuck', 'first']);
});

it('ends at once what comes when the end has begun', async () => {
  const { log, endings, part } = record();
  expect(endings.hasBegun).toBe(false);
  const ended = endings.end();
  expect(endings.hasBegun).toBe(true);
  endings.add(part('late'));
  expect(log).toEqual(['late']);
  await ended;
  endings.add(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    log.push('later');
  });
  await endings.end(); // waits for it as well
  expect(log).toEqual(['late', 'later']);
});
