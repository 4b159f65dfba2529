import { createFakeClock } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { askInTurn } from '../../src/consensus/ask-in-turn.ts';

const NEVER = new Promise<undefined>(() => {});

describe('asking peers in turn', () => {
  function begin(peerIds: readonly string[], signal = new AbortController().signal) {
    const clock = createFakeClock();
    const asked: string[] = [];
    const answers = new Map<string, (answer: string | undefined) => void>();
    const ask = (peerId: string) => {
      asked.push(peerId);
      return new Promise<string | undefined>((resolve) => answers.set(peerId, resolve));
    };
    const answer = async (peerId: string, what: string | undefined) => {
      answers.get(peerId)?.(what);
      await Promise.resolve();
    };
    return { clock, asked, answer, running: askInTurn(peerIds, ask, { clock, signal }) };
  }

  it('asks the next one as soon as one has nothing, and ends with the first answer', async () => {
    const { asked, answer, running } = begin(['a', 'b', 'c']);
    expect(asked).toEqual(['a']);
    await answer('a', undefined);
    expect(asked).toEqual(['a', 'b']);
    await answer('b', 'found');
    expect(await running).toBe('found');
  });

  it('asks the next one besides where one takes its time, and takes whichever answer comes first', async () => {
    const { clock, asked, answer, running } = begin(['a', 'b', 'c', 'd']);
    clock.advance(199);
    expect(asked).toEqual(['a']);
    clock.advance(1);
    expect(asked).toEqual(['a', 'b']);
    clock.advance(200);
    expect(asked).toEqual(['a', 'b', 'c']);
    await answer('b', 'from b');
    await answer('a', 'from a');
    expect(await running).toBe('from b');
    clock.advance(10_000);
    expect(asked).toEqual(['a', 'b', 'c']);
  });

  it('waits for all that are asked before it gives up', async () => {
    const { clock, answer, running } = begin(['a', 'b']);
    let isOver = false;
    void running.then(() => {
      isOver = true;
    });
    clock.advance(200);
    await answer('b', undefined);
    clock.advance(10_000);
    expect(isOver).toBe(false);
    await answer('a', undefined);
    expect(await running).toBeUndefined();
  });

  it('asks nobody when there is nobody', async () => {
    expect(await begin([]).running).toBeUndefined();
  });

  it('asks nobody else once it is called off', async () => {
    const caller = new AbortController();
    const { clock, asked, answer, running } = begin(['a', 'b'], caller.signal);
    caller.abort();
    clock.advance(200);
    await answer('a', undefined);
    expect(await running).toBeUndefined();
    expect(asked).toEqual(['a']);
  });

  it('hands on what goes wrong', async () => {
    const ask = async (peerId: string) => {
      if (peerId === 'b') throw new Error('a bug');
      return NEVER;
    };
    const clock = createFakeClock();
    const running = askInTurn(['a', 'b'], ask, { clock, signal: new AbortController().signal });
    clock.advance(200);
    await expect(running).rejects.toThrow('a bug');
  });
});
