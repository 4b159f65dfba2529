import { createRandom, seedFromEnvironment } from '@heddle/testkit';
import { expect, it } from 'vitest';
import { createAnswerOrder } from '../src/answer-order.ts';

it('releases answers so that their heads ascend, each at last, at the latest with the last of the older ones', () => {
  const random = createRandom(seedFromEnvironment('answer order'));
  for (let round = 0; round < 200; round++) {
    const order = createAnswerOrder();
    const running: { openHead: number | undefined }[] = [];
    const released: number[] = [];
    let head = 0;
    let begun = 0;
    let finished = 0;
    for (let step = 0; step < 60 || running.length > 0; step++) {
      if (random.chance(0.3)) head++;
      if (step < 60 && random.chance(0.5)) {
        const request = { openHead: head };
        running.push(request);
        order.begin(request);
        begun++;
      } else if (running.length > 0) {
        const request = random.pick(running);
        running.splice(running.indexOf(request), 1);
        if (random.chance(0.3)) request.openHead = head; // it refreshed its view
        const seen = request.openHead;
        order.finish(request, seen, () => released.push(seen ?? -1));
        finished++;
        const oldest = Math.min(...running.map(({ openHead }) => openHead ?? Number.POSITIVE_INFINITY));
        if (oldest >= head) expect(released).toHaveLength(finished);
      }
    }
    expect(released).toHaveLength(begun);
    expect(released).toEqual([...released].sort((left, right) => left - right));
  }
});

it('holds back nothing for requests without a view, and no answer that saw none', () => {
  const order = createAnswerOrder();
  const waiting = { openHead: undefined };
  const reading = { openHead: 1 };
  const other = { openHead: 5 };
  for (const request of [waiting, reading, other]) order.begin(request);
  const released: string[] = [];
  const blind = { openHead: undefined };
  order.begin(blind);
  order.finish(blind, undefined, () => released.push('blind'));
  order.finish(other, 5, () => released.push('other'));
  expect(released).toEqual(['blind']);
  order.finish(reading, 1, () => released.push('reading'));
  expect(released).toEqual(['blind', 'reading', 'other']);
});
