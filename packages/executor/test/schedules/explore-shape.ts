import { nameSchedule } from './describe-schedule.ts';
import { type Bounds, type Exploration, explore } from './explore.ts';
import { createScheduledBlocks, type ScheduledBlocks } from './scheduled-blocks.ts';
import { SHAPES, type Shape } from './shapes.ts';

export type ShapeName = keyof typeof SHAPES;
export const SHAPE_NAMES = Object.keys(SHAPES) as ShapeName[];

/** Explores a shape with a fault planted, 0 for none. */
export function exploreShape(name: ShapeName, bounds: Bounds, mutation = 0): Promise<Exploration> {
  return withShape(name, mutation, (blocks) => explore(blocks, SHAPES[name], bounds));
}

/** Gives `use` what runs the shape on two workers. */
export async function withShape<T>(
  name: ShapeName,
  mutation: number,
  use: (blocks: ScheduledBlocks) => Promise<T>,
): Promise<T> {
  const { slots, isWarm, heat = 0 }: Shape = SHAPES[name];
  const blocks = await createScheduledBlocks({
    workers: 2,
    worlds: [{ state: { slots } }],
    warmSlots: isWarm ? 2 : 0,
    mutation,
    heat,
  });
  try {
    return await use(blocks);
  } finally {
    await blocks.close();
  }
}

/** What went wrong, with what repeats it. */
export function describeFailure(name: ShapeName, { failure }: Exploration): string {
  return failure === undefined
    ? 'none'
    : `HEDDLE_SCHEDULE="${name} ${nameSchedule(failure.schedule)}": ${failure.what}`;
}
