import type { ClientOperation } from '../../domain/recovery/client-operations.js';
import type { Lane, LaneReservations, Materials } from '../../domain/pair/lane.js';
import type { RunQueues } from '../../domain/contract/queues.js';
import type { DrillReport } from '../../domain/report/report.js';
import type { KeptFile } from '../../domain/snapshot/inspection.js';
import type { Bucket, KubernetesAccess, Login, TlsEndpoint } from '../../domain/pair/topology.js';
import type { Cluster } from '../../systems/kubernetes/cluster.js';
import type { KnownSecrets } from '../../systems/secrets/known-secrets.js';
import type { OpenBao, OpenBaoSession } from '../../systems/openbao/api/client.js';
import type { ObjectStore } from '../../systems/object-store/client.js';

/** Opens the endpoints of a topology: resolves its references, so that no step handles a CA or a password itself. */
export interface Sites {
  at(endpoint: TlsEndpoint): Promise<OpenBao>;
  /** Logs in, runs the step, and revokes the token however the step ended. */
  withLogin<T>(endpoint: TlsEndpoint, login: Login, step: (session: OpenBaoSession) => Promise<T>): Promise<T>;
  /** Logs in for a step after which the token no longer exists, such as a restore. */
  logIn(endpoint: TlsEndpoint, login: Login): Promise<OpenBaoSession>;
}

export interface Buckets {
  /** Opens the bucket for the step, and closes its connections however the step ended. */
  with<T>(bucket: Bucket, step: (store: ObjectStore) => Promise<T>): Promise<T>;
}

/** Opens the Kubernetes of a side: finds kubectl and resolves the reference to its kubeconfig. */
export interface Clusters {
  at(access: KubernetesAccess): Promise<Cluster>;
}

export interface Lanes {
  /**
   * @param assertHeld asked under the lane's lock before each change, which its failure prevents. Default: the caller holds the lane
   *   by other means.
   * @throws KnownFailure `UnknownLaneKind`.
   */
  open(name: string, assertHeld?: () => Promise<void>): Lane;
}

export interface WrittenReport {
  /** Folder that holds `report.json` and `report.md`. */
  readonly folder: string;
}

export interface ReportStore {
  write(report: DrillReport): Promise<WrittenReport>;
  /** A folder beside a drill's report, for what servers have printed. */
  logsFolder(drillId: string): Promise<string>;
  /** Writes a file beside a drill's report, in place of an earlier one: what is too large to be part of it. */
  keepBeside(drillId: string, name: string, text: string): Promise<KeptFile>;
}

/** What the drill's own client met; kept beside the report. */
export interface ClientJournal {
  append(drillId: string, operations: readonly ClientOperation[]): Promise<void>;
  /**
   * In the order in which they were written down; none if there is no journal.
   *
   * @throws KnownFailure `CorruptedState`.
   */
  read(drillId: string): Promise<readonly ClientOperation[]>;
}

/** Programs of the operator's own that move the clients. A plan can only name them. */
export interface CutoverCommands {
  /**
   * Path of the program that may be run under this name.
   *
   * @throws KnownFailure `CutoverCommandsOff`, `CutoverCommandMissing` or `CutoverCommandNotSafe`.
   */
  resolve(name: string): Promise<string>;
  /** Where what the programs print during a drill is kept. */
  logFile(drillId: string): Promise<string>;
  /** The sign that a program of this lane's moves runs, whichever worker runs it. */
  signFile(lane: string): string;
}

/** Everything the activities need of the outside. */
export interface ActivityPorts {
  readonly lanes: Lanes;
  readonly reservations: LaneReservations;
  readonly materials: Materials;
  /** What the steps of this process have resolved; nothing of it leaves a step. */
  readonly secrets: Pick<KnownSecrets, 'hideIn' | 'hideInAll'>;
  readonly sites: Sites;
  readonly buckets: Buckets;
  readonly clusters: Clusters;
  readonly reports: ReportStore;
  readonly cutoverCommands: CutoverCommands;
  readonly clientJournal: ClientJournal;
  /** Identity of the Temporal cluster the worker is connected to. */
  readonly temporalClusterId: string;
  readonly version: string;
  /** Queues that only workers with this worker's state folder take from. */
  readonly queues: RunQueues;
  /** The namespace lacks search attributes, and runs do without. */
  readonly unindexed: boolean;
}
