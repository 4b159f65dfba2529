import { describe, expect, it } from 'vitest';
import { progressBar } from '../../src/cli/progress-bar.ts';

function stream(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, written, write: (text: string) => void written.push(text) };
}

describe('a progress bar', () => {
  it('draws one line again and again on a terminal, not more often than the eye can follow, and its end always', () => {
    const out = stream(true);
    let now = 0;
    const bar = progressBar('importing', out, () => now);
    for (let done = 0; done <= 1_000; done++) {
      bar.show(done, 1_000);
      now += 1;
    }
    bar.end();
    expect(out.written).toHaveLength(12); // every 100 ms, the last one and the end of the line
    expect(out.written[5]).toBe('\rimporting [###############...............] 50 % (500 of 1000)\u001b[K');
    expect(out.written.at(-2)).toContain('100 % (1000 of 1000)');
    expect(out.written.at(-1)).toBe('\n');
  });

  it('writes a line now and then where there is no terminal, and none for what ends at once', () => {
    const out = stream(false);
    let now = 0;
    const bar = progressBar('importing', out, () => now);
    bar.show(3, 10);
    now += 5_000;
    bar.show(4, 10);
    bar.show(5, undefined);
    now += 5_000;
    bar.show(5, undefined);
    bar.end();
    expect(out.written).toEqual(['heddle: importing: 40 % (4 of 10)\n', 'heddle: importing: 5\n']);
  });
});
