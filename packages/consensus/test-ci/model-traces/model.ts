// The variables of the published model (malachite, specs/consensus/quint), as its traces show them. Names are the
// model's own.

/** A sum type without or with a value. */
export interface Tagged<Tag extends string, Value = unknown> {
  readonly tag: Tag;
  readonly value: Value;
}

/** A name of a value, or none. */
export type ModelValue = Tagged<'Nil'> | Tagged<'Val', string>;

/** ConsensusState: lines 2 to 9, of one node. */
export interface ModelProcess {
  readonly p: string;
  readonly height: number;
  readonly round: number;
  readonly step: Tagged<ModelStep>;
  readonly lockedRound: number;
  readonly lockedValue: ModelValue;
  readonly validRound: number;
  readonly validValue: ModelValue;
}

/** `UnstartedStep`: a round was left and the next one has not begun. */
export type ModelStep = 'NoStep' | 'UnstartedStep' | 'ProposeStep' | 'PrevoteStep' | 'PrecommitStep' | 'CommitStep';

/** ConsensusInput: a rule's condition holds. */
export type ModelInput =
  | Tagged<'NoConsensusInput'>
  | Tagged<'NewRoundCInput', number>
  | Tagged<'NewRoundProposerCInput', number>
  | Tagged<'ProposeValueCInput', string>
  | Tagged<'ProposalCInput', readonly [round: number, value: ModelValue]>
  | Tagged<'ProposalAndPolkaPreviousAndValidCInput', readonly [value: ModelValue, validRound: number]>
  | Tagged<'ProposalInvalidCInput'>
  | Tagged<'PolkaNilCInput'>
  | Tagged<'PolkaAnyCInput'>
  | Tagged<'ProposalAndPolkaAndValidCInput', ModelValue>
  | Tagged<'ProposalAndPolkaAndInvalidCInput', ModelValue>
  | Tagged<'PrecommitAnyCInput'>
  | Tagged<'ProposalAndCommitAndValidCInput', readonly [round: number, value: string]>
  | Tagged<'RoundSkipCInput', number>
  | Tagged<'TimeoutProposeCInput' | 'TimeoutPrevoteCInput' | 'TimeoutPrecommitCInput', readonly [number, number]>;

/** ConsensusOutput. */
export type ModelOutput =
  | Tagged<'NoConsensusOutput'>
  | Tagged<'ErrorOutput', string>
  | Tagged<'ProposalOutput', ModelProposal>
  | Tagged<'GetValueAndScheduleTimeoutOutput', readonly [height: number, round: number, timeout: Tagged<ModelTimeout>]>
  | Tagged<'VoteOutput', ModelVote>
  | Tagged<'TimeoutOutput', readonly [round: number, timeout: Tagged<ModelTimeout>]>
  | Tagged<'DecidedOutput', readonly [round: number, value: string]>
  | Tagged<'SkipRoundOutput', number>;

/** Which timer. */
export type ModelTimeout = 'ProposeTimeout' | 'PrevoteTimeout' | 'PrecommitTimeout';

/** A vote; messages have no signatures. */
export interface ModelVote {
  readonly voteType: Tagged<'Prevote' | 'Precommit'>;
  readonly srcAddress: string;
  readonly height: number;
  readonly round: number;
  readonly valueId: ModelValue;
}

/** A proposal; the value is its own name. */
export interface ModelProposal {
  readonly srcAddress: string;
  readonly height: number;
  readonly round: number;
  readonly proposal: string;
  readonly validRound: number;
}

/** A state of the traces `consensus*`. */
export interface ProcessState {
  readonly input: ModelInput;
  readonly output: ModelOutput;
  readonly state: ModelProcess;
}

/** Bookkeeper: the vote keeper of one node at one height. */
export interface ModelBookkeeper {
  readonly height: number;
  readonly validatorSet: ReadonlyMap<string, number>;
  readonly rounds: ReadonlyMap<number, ModelRoundVotes>;
  /** One set for each vote that found others of its sender, round and kind: all of them. */
  readonly evidence: readonly (readonly ModelVote[])[];
}

/** The votes of one round. */
export interface ModelRoundVotes {
  readonly prevotes: ModelVoteCount;
  readonly precommits: ModelVoteCount;
  readonly emittedOutputs: readonly ModelThreshold[];
  readonly votesAddressesWeights: ReadonlyMap<string, number>;
}

/** The votes of one kind. `valuesWeights` has pairs of value and weight, the first vote of each sender counted. */
export interface ModelVoteCount {
  readonly totalWeight: number;
  readonly valuesWeights: ReadonlyMap<ModelValue, number>;
  readonly votesAddresses: readonly string[];
  readonly receivedVotes: readonly ModelVote[];
}

/** VoteKeeperOutput. */
export type ModelThreshold =
  | Tagged<'NoVKOutput'>
  | Tagged<'PolkaAnyVKOutput' | 'PolkaNilVKOutput' | 'PrecommitAnyVKOutput' | 'SkipVKOutput', number>
  | Tagged<'PolkaValueVKOutput' | 'PrecommitValueVKOutput', readonly [round: number, value: string]>;

/** A state of the traces `votekeeper*`. */
export interface VoteKeeperState {
  readonly weightedVote:
    | Tagged<'NoWeightedVote'>
    | Tagged<'WV', readonly [vote: ModelVote, weight: number, currentRound: number]>;
  readonly bookkeeper: ModelBookkeeper;
  readonly lastEmitted: ModelThreshold;
}

/** DriverInput: what a node does next. */
export type ModelDriverInput =
  | Tagged<'NoDInput' | 'StartDInput' | 'StepChangeDInput' | 'PendingDInput'>
  | Tagged<'ProposalDInput', ModelProposal>
  | Tagged<'VoteDInput', ModelVote>
  | Tagged<'CertificateDInput', readonly ModelVote[]>
  | Tagged<'TimeoutDInput', Tagged<ModelTimeout>>
  | Tagged<'ProposeValueDInput', string>;

/** DriverState: one node's core with its driver. */
export interface ModelDriver {
  readonly bk: ModelBookkeeper;
  readonly cs: ModelProcess;
  readonly proposals: readonly ModelProposal[];
  readonly executedInputs: readonly (readonly [ModelInput, number, number, Tagged<ModelStep>])[];
  readonly pendingInputs: readonly unknown[];
  readonly pendingStepChange: Tagged<ModelStep>;
  readonly started: boolean;
  readonly chain: readonly { readonly decision: ModelProposal }[];
}

/** NodeState: a driver with what waits for it. */
export interface ModelNode {
  readonly es: ModelDriver;
  readonly timeouts: readonly unknown[];
  readonly incomingVotes: readonly ModelVote[];
  readonly incomingProposals: readonly ModelProposal[];
  readonly incomingCertificates: readonly (readonly ModelVote[])[];
  readonly incomingSyncProposals: readonly ModelProposal[];
  readonly incomingSyncCertificates: readonly (readonly ModelVote[])[];
  readonly getValueRequests: readonly (readonly [height: number, round: number])[];
}

/** A state of the traces with a network. `_hist`: who did what last; a tuple where delivery is instant. */
export interface NetworkState {
  readonly system: ReadonlyMap<string, ModelNode>;
  readonly _hist:
    | readonly [validator: string, input: ModelDriverInput, output: ModelOutput]
    | { readonly validator: string; readonly input: ModelDriverInput; readonly output: ModelOutput };
}
