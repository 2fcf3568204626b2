import type { Patience } from './patience.js';

/** The kinds of lane this version can run. A lane's name is its kind, or its kind, a dash and a word: `local-blue`. */
export const laneKinds = ['local', 'k3d', 'compose'] as const;
export type LaneKind = (typeof laneKinds)[number];

/** The lane that is meant where none is named. */
export const defaultLane: LaneKind = 'local';

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
  /** The writes that clients make while people decide on the cutover count as lost, too. Default: only what the machine takes. */
  readonly countDeciding?: boolean | undefined;
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

export interface ComposeLaneOptions {
  /** Published on 127.0.0.1; as for a local lane. */
  readonly ports: LocalPorts;
  /** As for a local lane. */
  readonly targetSealKey: string;
}

/** What a k3d lane reuses instead of making it. */
export const adoptableParts = ['clusters', 'gateway', 'operator'] as const;
export type AdoptablePart = (typeof adoptableParts)[number];

export interface K3dLaneOptions {
  readonly adopt: readonly AdoptablePart[];
  /** As for a local lane. */
  readonly targetSealKey: string;
  /** Version of both sides' OpenBao, like "2.7.2": the tag of its image. */
  readonly openbaoVersion: string;
  /** Version of the operator and of its chart. */
  readonly operatorVersion: string;
  /** Images in place of the published ones. */
  readonly images: {
    /** Of the operator's backup and restore Jobs. */
    readonly jobs?: string | undefined;
    /** Of the operator's init container. */
    readonly init?: string | undefined;
    readonly traefik?: string | undefined;
    readonly openbao?: string | undefined;
  };
  /** Where the bucket's server runs: a RustFS container on the clusters' network, or a process on this machine. */
  readonly storage: 'container' | 'process';
  /** This machine's address as pods reach it. Default: the gateway of the clusters' Docker network. */
  readonly hostAddress?: string | undefined;
  /** Where pods reach infra's Transit. */
  readonly transitAddress: string;
}

/** What a restore uses that is not meant to be used: asked for on purpose, with a reason that goes into the report. */
export interface BreakGlass {
  readonly reason: string;
}

/** What a plan says of a k3d lane, and of drills on it. */
export interface K3dPlan extends K3dLaneOptions {
  /** The operator is told to force the restore: OpenBao then does not ask its seal. Default: it is not. */
  readonly breakGlass?: BreakGlass | undefined;
}

/** Options under the name of the lane's kind, and no others. */
export interface LaneOptions {
  readonly local?: LocalLaneOptions | undefined;
  readonly k3d?: K3dPlan | undefined;
  readonly compose?: ComposeLaneOptions | undefined;
}

/** What the restored target is allowed to lack. */
export interface Verification {
  /** Namespaces with a seal of their own that may stay sealed: their paths, without a slash at the end. */
  readonly sealedNamespaces: readonly string[];
}

/** A drill's plan with every default filled in: what the workflow works from and what the report repeats. */
export interface DrillPlan extends LaneOptions {
  readonly lane: string;
  readonly approval: ApprovalPolicy;
  readonly disaster: Disaster;
  readonly objectives: Objectives;
  readonly cutover: CutoverPlan;
  /** Missing: everything has to be there. */
  readonly verify?: Verification | undefined;
  /** Missing in plans that an earlier version resolved. */
  readonly patience?: Patience | undefined;
  /** Give the clients back to the source after they were confirmed on the target: a drill. False: a failover. */
  readonly revert: boolean;
  readonly teardown: TeardownRule;
}

/** `local-blue` is a lane of kind `local`; undefined when the name starts with no known kind. */
export const kindOfLane = (lane: string): LaneKind | undefined =>
  laneKinds.find((kind) => lane === kind || lane.startsWith(`${kind}-`));

/** What a plan says of its lane, under the name of the lane's kind. */
export const laneOptionsOf = (plan: LaneOptions): LaneOptions =>
  Object.fromEntries(laneKinds.flatMap((kind) => (plan[kind] === undefined ? [] : [[kind, plan[kind]]])));

/** Where a plan has the target's operator force the restore. */
export const breakGlassOf = ({ k3d }: LaneOptions): BreakGlass | undefined => k3d?.breakGlass;
