import type { RunQueues } from '../../domain/contract/queues.js';
import type { SecretStores } from '../../domain/pair/secret-stores.js';
import type { KnownSecrets } from '../../systems/secrets/known-secrets.js';
import type { ClientJournal } from './client-journal.js';
import type { Clusters } from './clusters.js';
import type { Connections } from './connections.js';
import type { CutoverCommands } from './cutover-commands.js';
import type { Lanes } from './lane.js';
import type { Materials } from './materials.js';
import type { ReportStore } from './reports.js';
import type { LaneReservations } from './reservations.js';

/** Everything the activities need of the outside. */
export interface ActivityPorts extends Connections {
  /** The connections of a plan that names secret stores of its own. */
  connectionsWith(stores: SecretStores | undefined): Connections;
  readonly lanes: Lanes;
  readonly reservations: LaneReservations;
  readonly materials: Materials;
  /** What the steps of this process have resolved; nothing of it leaves a step. */
  readonly secrets: Pick<KnownSecrets, 'hideIn' | 'hideInAll'>;
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
