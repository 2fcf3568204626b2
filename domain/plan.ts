/** The kinds of lane this version can run. A lane's name is its kind, or its kind, a dash and a word: `local-blue`. */
export const laneKinds = ['local'] as const;
export type LaneKind = (typeof laneKinds)[number];

export interface ApprovalPolicy {
  /** How long the drill waits for a person. When it is over, the drill has expired: never an approval. */
  readonly timeoutSeconds: number;
  /** Who may decide. Empty: anybody who can reach the workflow. */
  readonly approvers: readonly string[];
}

/**
 * What happens to the source before the restore. `source-loss`: it is really stopped, and its edge refuses. `none`: it stays
 * up until it is fenced at the cutover.
 */
export type Disaster = 'none' | 'source-loss';

/** What the drill is measured against; missing one fails it. */
export interface Objectives {
  /** The oldest acknowledged write that may be lost, in seconds before the loss. */
  readonly rpoSeconds?: number | undefined;
  /** From the loss, or the fence, to the first client operation that the target served. */
  readonly rtoSeconds?: number | undefined;
}

/** How the clients' name is moved. */
export const cutoverWays = ['edge', 'command', 'manual'] as const;
export type CutoverWay = (typeof cutoverWays)[number];

export interface CutoverPlan {
  readonly way: CutoverWay;
  /** With `command`: the name of a program in the folder that the worker's operator named. */
  readonly command?: string | undefined;
  /** How long the command may run, or a person may take. */
  readonly timeoutSeconds: number;
}

/** When the drill takes the lane down: only if this drill created it, always, or never. */
export type TeardownRule = 'created' | 'always' | 'never';

/** Fixed ports of a local lane, all on 127.0.0.1; what is left out gets a free one. */
export interface LocalPorts {
  readonly infra?: number | undefined;
  readonly source?: number | undefined;
  readonly target?: number | undefined;
  readonly clients?: number | undefined;
  readonly storage?: number | undefined;
}

export interface LocalLaneOptions {
  readonly ports: LocalPorts;
  /** Transit key the target is sealed with. Another one than the source's rehearses a pair that cannot recover. */
  readonly targetSealKey: string;
}

/** A drill's plan with every default filled in: what the workflow works from and what the report repeats. */
export interface DrillPlan {
  readonly lane: string;
  readonly approval: ApprovalPolicy;
  readonly disaster: Disaster;
  readonly objectives: Objectives;
  readonly cutover: CutoverPlan;
  /** Give the clients back to the source after they were confirmed on the target: a drill. False: a failover. */
  readonly revert: boolean;
  readonly teardown: TeardownRule;
  readonly local: LocalLaneOptions;
}

/** `local-blue` is a lane of kind `local`; undefined when the name starts with no known kind. */
export const kindOfLane = (lane: string): LaneKind | undefined =>
  laneKinds.find((kind) => lane === kind || lane.startsWith(`${kind}-`));
