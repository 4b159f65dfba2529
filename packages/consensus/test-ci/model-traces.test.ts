import { fixtureFolder } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { NEW_HEIGHT, type RoundState } from '../src/round-machine.ts';
import {
  isBusy,
  isComparedTimer,
  isTooLateToPropose,
  lagOf,
  roundStateOf,
  setOf,
  wordsOf,
} from './model-traces/adapter.ts';
import { readTrace, type Trace, traceNames } from './model-traces/itf.ts';
import type { NetworkState, ProcessState, VoteKeeperState } from './model-traces/model.ts';
import { type Act, actsOf } from './model-traces/network-acts.ts';
import { createNode, type NodeUnderTest } from './model-traces/node-under-test.ts';
import { answerTo } from './model-traces/round-machine-under-test.ts';
import {
  countVote,
  NO_VOTES,
  thresholdWords,
  wordsOfBookkeeper,
  wordsOfVotes,
} from './model-traces/votes-under-test.ts';

// The published Tendermint model (malachite, specs/consensus/quint) ran these traces; our core runs them again. What
// differs on purpose stands in model-traces/adapter.ts, with reasons. The figures of each test are all that was compared:
// none of the 416 traces and 19,032 steps is left out.

const folder = fixtureFolder('consensus');
const names = folder === undefined ? [] : traceNames(folder);
const processes = names.filter((name) => /\/consensus/.test(name));
const voteKeepers = names.filter((name) => /\/votekeeper/.test(name));
const networks = names.filter((name) => !processes.includes(name) && !voteKeepers.includes(name));

describe.skipIf(folder === undefined)('traces of the published model', () => {
  it('are all there', () => {
    expect([names.length, processes.length, voteKeepers.length, networks.length]).toEqual([416, 302, 70, 44]);
  });

  it('single process: every state and output', () => {
    let steps = 0;
    for (const { name, states } of read<ProcessState>(processes)) {
      let rounds = NEW_HEIGHT;
      for (const [index, { input, output, state }] of states.entries()) {
        if (index === 0) continue;
        const answer = answerTo(rounds, input, state.height);
        const where = `${name} step ${index} ${input.tag}`;
        expect({ where, ...answer }).toEqual({ where, rounds: roundStateOf(state), output: wordsOf(output) });
        rounds = answer.rounds;
        steps++;
      }
    }
    expect(steps).toBe(12_018);
  });

  it('vote keeper: every count, threshold and equivocator', () => {
    let steps = 0;
    for (const { name, states } of read<VoteKeeperState>(voteKeepers)) {
      let votes = NO_VOTES;
      for (const [index, { weightedVote, bookkeeper, lastEmitted }] of states.entries()) {
        const before = states[index - 1]?.bookkeeper;
        if (!before || weightedVote.tag === 'NoWeightedVote') continue;
        const [vote, , currentRound] = weightedVote.value;
        const counted = countVote(votes, setOf(before.validatorSet), { vote, currentRound, before });
        const where = `${name} step ${index}`;
        expect({ where, output: counted.output, votes: wordsOfVotes(counted.votes) }).toEqual({
          where,
          output: thresholdWords(lastEmitted),
          votes: wordsOfBookkeeper(bookkeeper),
        });
        votes = counted.votes;
        steps++;
      }
    }
    expect(steps).toBe(2_429);
  });

  it('networks, rule by rule: every state and output of every node', () => {
    const figures = { steps: 0, rules: 0, late: 0 };
    for (const trace of read<NetworkState>(networks)) {
      figures.steps += trace.states.length - 1;
      const machines = new Map<string, RoundState>();
      for (const act of actsOf(trace)) {
        const { where, validator, before, after, output } = act;
        let words: readonly string[] = [];
        let rounds = act.isNewHeight ? NEW_HEIGHT : (machines.get(validator) ?? NEW_HEIGHT);
        const inputs = after.es.executedInputs.slice(before.es.executedInputs.length);
        for (const [input] of act.isNewHeight ? [] : inputs) {
          const late = isLate(act);
          const answer = late ? { rounds, output: wordsOf(output) } : answerTo(rounds, input, after.es.cs.height);
          ({ rounds, output: words } = answer);
          figures[late ? 'late' : 'rules']++;
        }
        machines.set(validator, rounds);
        expect({ where, rounds }).toEqual({ where, rounds: roundStateOf(after.es.cs) });
        if (!act.isNewHeight && inputs.length > 0) expect({ where, words }).toEqual({ where, words: wordsOf(output) });
      }
    }
    expect(figures).toEqual({ steps: 4_585, rules: 976, late: 4 });
  });

  it('networks, message by message: state, messages and decision whenever the model has nothing left to do', () => {
    const figures = { acts: 0, compared: 0, busy: 0, 'lost decision': 0, 'skipped proposal': 0 };
    const forks: string[] = [];
    for (const trace of read<NetworkState>(networks)) {
      const nodes = nodesOf(trace, 'counted');
      const said = new Map<string, string[]>();
      for (const act of actsOf(trace)) {
        const node = nodeOf(nodes, act);
        const { where, before, after } = act;
        const words = act.isNewHeight
          ? []
          : [...(said.get(act.validator) ?? []), ...(isLate(act) ? [] : newWords(act))];
        said.set(act.validator, words);
        figures.acts++;
        const lag = act.isNewHeight ? undefined : lagOf(before.es, after.es, act.input);
        if (isBusy(after) || lag) {
          figures[lag ?? 'busy']++;
          continue;
        }
        figures.compared++;
        const { height } = after.es.cs;
        const timers = [...node.timers].filter((word) => isComparedTimer(word, 'propose'));
        expect({
          where,
          rounds: node.current().rounds,
          decision: node.decisions.get(height),
          signed: node.signed,
          timers: timers.sort(),
        }).toEqual({
          where,
          rounds: roundStateOf(after.es.cs),
          decision: after.es.chain[height]?.decision.proposal,
          signed: words.filter((word) => !word.startsWith('timeout')),
          timers: [...new Set(words.filter((word) => word.startsWith('timeout')))].sort(),
        });
      }
      if (isForked(nodes)) forks.push(trace.name);
    }
    expect(figures).toEqual({ acts: 1_988, compared: 1_305, busy: 675, 'lost decision': 4, 'skipped proposal': 4 });
    expect(forks).toEqual(['scenario/disagreementTest_disagreementTest_0']); // two of four are faulty, on purpose
  });

  it('networks with every vote counted: the decisions of the model, no fork, and nobody signs twice', () => {
    const decided = new Set<string>();
    const forks: string[] = [];
    for (const trace of read<NetworkState>(networks)) {
      const nodes = nodesOf(trace, 'all');
      for (const act of actsOf(trace)) {
        const node = nodeOf(nodes, act);
        const slots = node.signed.map((word) => word.split(' ').slice(0, 2).join(' '));
        expect({ where: act.where, slots }).toEqual({ where: act.where, slots: [...new Set(slots)] });
        for (const [height, { decision }] of act.isNewHeight ? [] : act.after.es.chain.entries()) {
          expect([act.where, node.decisions.get(height)]).toEqual([act.where, decision.proposal]);
          decided.add(`${trace.name} ${act.validator} ${height}`);
        }
      }
      if (isForked(nodes)) forks.push(trace.name);
    }
    expect(decided.size).toBe(51);
    expect(forks).toEqual(['scenario/disagreementTest_disagreementTest_0']);
  });
});

function* read<State>(some: readonly string[]): Generator<Trace<State>> {
  for (const name of some) yield readTrace<State>(folder ?? '', name);
}

type Nodes = ReadonlyMap<string, NodeUnderTest>;

function nodesOf({ states: [first] }: Trace<NetworkState>, votes: 'counted' | 'all'): Nodes {
  const nodes = [...(first?.system ?? [])];
  return new Map(nodes.map(([name, { es }]) => [name, createNode(name, setOf(es.bk.validatorSet), votes)]));
}

/** The node that acted, after it has done the same. */
function nodeOf(nodes: Nodes, { validator, before, after, input, isNewHeight }: Act): NodeUnderTest {
  const node = nodes.get(validator);
  if (!node) throw new TypeError(`no node ${validator}`);
  if (isNewHeight) node.enterHeight(after.es.cs.height);
  else node.act(before, after, input);
  return node;
}

/** What the model's node asked for in one step, as far as it is compared. */
function newWords({ before, output }: Act): string[] {
  const { step } = roundStateOf(before.es.cs);
  return wordsOf(output).filter((word) => {
    return /^(propose|prevote|precommit) /.test(word) || isComparedTimer(word, step);
  });
}

function isLate({ input, before }: Act): boolean {
  return input.tag === 'ProposeValueDInput' && isTooLateToPropose(roundStateOf(before.es.cs));
}

function isForked(nodes: Nodes): boolean {
  const values = new Map<number, string>();
  for (const { decisions } of nodes.values()) {
    for (const [height, value] of decisions) {
      if ((values.get(height) ?? value) !== value) return true;
      values.set(height, value);
    }
  }
  return false;
}
