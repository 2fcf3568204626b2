/** Wires the activities to the real systems. */
import type { ConnectionLike } from '@temporalio/client';
import { createBuckets } from '../activities/connect/buckets.js';
import type { ActivityPorts } from '../activities/ports/activity-ports.js';
import { createSites } from '../activities/connect/sites.js';
import { createSnapshotPlaces } from '../activities/connect/snapshot-places.js';
import { queuesOfFolder } from '../domain/contract/queues.js';
import { createClientJournal } from '../infra/state/client-journal.js';
import { createClusters } from '../infra/connect/clusters.js';
import { createCutoverCommands } from '../infra/state/cutover-commands.js';
import { createLaneReservations } from '../infra/state/lane-reservations.js';
import { createLanes } from '../infra/lanes/lanes.js';
import { createMaterials } from '../infra/state/materials.js';
import { createReportStore } from '../infra/state/report-store.js';
import type { StateFolder } from '../infra/state/state-folder.js';
import { createObjectStore } from '../systems/object-store/client.js';
import { createOpenBao } from '../systems/openbao/api/client.js';
import { createKnownSecrets } from '../systems/secrets/known-secrets.js';
import type { Environment, ToolBox } from '../systems/tools/index.js';
import { askWhetherRunning } from './holder-runs.js';

export interface AssembleActivityPortsOptions {
  readonly stateFolder: StateFolder;
  readonly tools: ToolBox;
  /** The user's: `PATH` and `KUBECONFIG` for programs that steps run. */
  readonly environment: Environment;
  readonly connection: Pick<ConnectionLike, 'workflowService'>;
  readonly temporalClusterId: string;
  /** This program's. */
  readonly version: string;
  /** Where workflow tasks and each run's first steps come from. */
  readonly taskQueue: string;
  /** Folder of the programs that a plan may name to move the clients. Without one, none may be run. */
  readonly cutoverCommandsFolder?: string | undefined;
  /** Runs do without search attributes. Default: false. */
  readonly unindexed?: boolean;
}

export const assembleActivityPorts = ({
  stateFolder,
  tools,
  environment,
  connection,
  temporalClusterId,
  version,
  taskQueue,
  cutoverCommandsFolder,
  unindexed = false,
}: AssembleActivityPortsOptions): ActivityPorts => {
  const secrets = createKnownSecrets();
  const materials = createMaterials(stateFolder, secrets);
  const buckets = createBuckets({ references: materials, connect: createObjectStore });
  return {
    secrets,
    lanes: createLanes({ stateFolder, tools, materials, environment }),
    clusters: createClusters({ tools, materials, environment, folder: stateFolder.root }),
    reservations: createLaneReservations({
      stateFolder,
      isRunning: askWhetherRunning({ connection, temporalClusterId }),
    }),
    materials,
    sites: createSites({ references: materials, connect: createOpenBao }),
    buckets,
    snapshotPlaces: createSnapshotPlaces({ buckets }),
    reports: createReportStore(stateFolder),
    cutoverCommands: createCutoverCommands({ folder: cutoverCommandsFolder, stateFolder }),
    clientJournal: createClientJournal(stateFolder),
    temporalClusterId,
    version,
    queues: queuesOfFolder(taskQueue, stateFolder.id),
    unindexed,
  };
};
