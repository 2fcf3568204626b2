/** What everything outside of a lane kind's own folder may ask of the kind. */
import type { Lane } from '../../activities/ports/lane.js';
import type { Progress } from '../../activities/ports/provisioning.js';
import type { Topology } from '../../domain/pair/topology.js';
import type { LaneOptions } from '../../domain/plan/plan.js';
import type { Environment, LaneTools, ToolBox, ToolExamination } from '../../systems/tools/index.js';
import type { MaterialFiles } from '../state/materials.js';
import type { StateFolder } from '../state/state-folder.js';
import type { Finding } from './finding.js';

/** What lanes are opened with. */
export interface LanePorts {
  readonly stateFolder: StateFolder;
  readonly materials: MaterialFiles;
  readonly tools: ToolBox;
  /** The user's: `PATH`, `KUBECONFIG` and the like, for programs that lanes run, and what plans may choose. */
  readonly environment: Environment;
  /** Ports other lanes have, running or not. */
  readonly takenPorts: () => Promise<ReadonlySet<number>>;
  /** Asked under the lane's lock before each change, which its failure prevents. */
  readonly assertHeld?: (() => Promise<void>) | undefined;
}

export interface ContainerImage {
  readonly part: string;
  /** Repository and tag, as everything in the lane names it. */
  readonly image: string;
  /** For people. */
  readonly purpose: string;
  /** `engine`: a container on the engine itself. `nodes`: pods of clusters, each of which needs it for itself. */
  readonly runBy: 'engine' | 'nodes';
}

export interface Machine {
  readonly environment: Environment;
  readonly tools: readonly ToolExamination[];
  /** The lane is on this machine, up or not: what it needs it may have already. */
  readonly hasLane: boolean;
}

export interface ImageLoader {
  readonly tools: Pick<ToolBox, 'ensure'>;
  readonly environment: Environment;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A kind of lane. Every `options` has what the plan says of this kind, with defaults filled in.
 */
export interface LaneKindModule {
  /** Builds nothing. */
  open(name: string, ports: LanePorts): Lane;
  /**
   * Settings of a worker that the kind has to read before it builds.
   *
   * @throws KnownFailure naming the one that is wrong.
   */
  assertSettings?(environment: Environment): void;
  /** The lane as it is; undefined where there is none, or it was not built to its end. Starts and changes nothing. */
  readTopology(stateFolder: StateFolder, lane: string): Promise<Topology | undefined>;
  /** Ports of this machine that the lane has, up or not, so that no new lane chooses them. */
  takenPorts(stateFolder: StateFolder, lane: string): Promise<readonly number[]>;
  /** Programs that such a lane takes. */
  tools(options: LaneOptions): LaneTools;
  /** What it needs of this machine besides its tools, looked at without changing anything. */
  examine?(options: LaneOptions, machine: Machine): Promise<readonly Finding[]>;
  /** Container images of the lane, in the order they are needed. */
  images?(options: LaneOptions, environment: Environment): Promise<readonly ContainerImage[]>;
  /**
   * Gives images that the engine has to what runs them beside it.
   *
   * @returns what has them now, by name.
   */
  loadImages?(options: LaneOptions, loader: ImageLoader): Promise<readonly string[]>;
}
