import type { Schedule } from './turns.ts';

// A schedule in one word, as failures print it and HEDDLE_SCHEDULE takes it: `first:step>worker,step>worker`.

/** `schedule` of two workers in one word. */
export function nameSchedule({ first = 0, switches = [] }: Schedule): string {
  return `${first}:${switches.map(({ step, to }) => `${step}>${to}`).join(',')}`;
}

/** The schedule that {@link nameSchedule} named. */
export function parseSchedule(name: string): Schedule {
  const [first = '0', list = ''] = name.split(':');
  const switches = list.split(',').flatMap((item) => {
    const [step, to] = item.split('>').map(Number);
    return step === undefined || to === undefined ? [] : [{ step, to }];
  });
  return { workers: 2, first: Number(first), switches };
}
