import type { RunQueues } from '../../domain/contract/queues.js';
import type { KnownSecrets } from '../../systems/secrets/known-secrets.js';
import type { Buckets } from './buckets.js';
import type { ClientJournal } from './client-journal.js';
import type { Clusters } from './clusters.js';
import type { CutoverCommands } from './cutover-commands.js';
import type { Lanes } from './lane.js';
import type { Materials } from './materials.js';
import type { ReportStore } from './reports.js';
import type { LaneReservations } from './reservations.js';
import type { Sites } from './sites.js';
import type { SnapshotPlaces } from './snapshot-places.js';

/** Everything the activities need of the outside. */
export interface ActivityPorts {
  readonly lanes: Lanes;
  readonly reservations: LaneReservations;
  readonly materials: Materials;
  /** What the steps of this process have resolved; nothing of it leaves a step. */
  readonly secrets: Pick<KnownSecrets, 'hideIn' | 'hideInAll'>;
  readonly sites: Sites;
  readonly buckets: Buckets;
  readonly snapshotPlaces: SnapshotPlaces;
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
