import type { Trace } from './itf.ts';
import type { ModelDriverInput, ModelNode, ModelOutput, NetworkState } from './model.ts';

/** One node's part of one step of a network trace. */
export interface Act {
  /** `random/net4f1_0 step 12 v3`. */
  readonly where: string;
  readonly validator: string;
  readonly before: ModelNode;
  readonly after: ModelNode;
  /** It was put at the next height. Otherwise its driver took `input` and gave `output`. */
  readonly isNewHeight: boolean;
  readonly input: ModelDriverInput;
  readonly output: ModelOutput;
}

/** What the nodes of a network did, in order. Most steps of a trace only deliver a message or set a value. */
export function* actsOf({ name, states }: Trace<NetworkState>): Generator<Act> {
  for (const [index, state] of states.entries()) {
    const earlier = states[index - 1];
    if (!earlier) continue;
    const { validator: actor, input, output } = historyOf(state);
    for (const [validator, after] of state.system) {
      const before = earlier.system.get(validator);
      if (!before) throw new TypeError(`${name}: ${validator} is new`);
      const isNewHeight = after.es.cs.height > before.es.cs.height;
      if (!isNewHeight && !(validator === actor && hasActed(before, after))) continue;
      yield { where: `${name} step ${index} ${validator}`, validator, before, after, isNewHeight, input, output };
    }
  }
}

function historyOf({ _hist }: NetworkState): {
  readonly validator: string;
  readonly input: ModelDriverInput;
  readonly output: ModelOutput;
} {
  if ('validator' in _hist) return _hist;
  const [validator, input, output] = _hist;
  return { validator, input, output };
}

const TAKEN_FROM = [
  'timeouts',
  'incomingVotes',
  'incomingProposals',
  'incomingCertificates',
  'incomingSyncProposals',
  'incomingSyncCertificates',
  'getValueRequests',
] as const;

/** `_hist` keeps its value when something is only delivered: a node has acted when it took something or changed. */
function hasActed(before: ModelNode, after: ModelNode): boolean {
  if (textOf(before.es) !== textOf(after.es)) return true;
  return TAKEN_FROM.some((queue) => {
    const left = new Set(after[queue].map(textOf));
    return before[queue].some((item) => !left.has(textOf(item)));
  });
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_, item) => (item instanceof Map ? [...item] : item));
}
