/** Wires the activities to the real systems. */
import { createLogIn } from '../infra/connect/credentials/log-in.js';
import { log } from '@temporalio/activity';
import type { ConnectionLike } from '@temporalio/client';
import { createBuckets } from '../activities/connect/buckets.js';
import type { Connections } from '../activities/ports/connections.js';
import type { ActivityPorts } from '../activities/ports/activity-ports.js';
import { createSites } from '../activities/connect/sites.js';
import { createSnapshotPlaces } from '../activities/connect/snapshot-places.js';
import { queuesOfFolder } from '../domain/contract/queues.js';
import { createClientJournal } from '../infra/state/client-journal.js';
import { createClusters } from '../infra/connect/clusters.js';
import { createConnectReferences } from '../infra/connect/connect-references.js';
import { referenceAllowanceIn } from '../infra/connect/references/allowance.js';
import { createOpenSecretCluster } from '../infra/connect/secret-cluster.js';
import type { SecretStores } from '../domain/pair/secret-stores.js';
import { createCutoverCommands } from '../infra/state/cutover-commands.js';
import { createLaneReservations } from '../infra/state/lane-reservations.js';
import { createHeldLanes, createLanes, type KnownLanes } from '../infra/lanes/lanes.js';
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
  /** The user's environment: `PATH` and `KUBECONFIG` for programs that steps run. */
  readonly environment: Environment;
  readonly connection: Pick<ConnectionLike, 'workflowService'>;
  readonly temporalClusterId: string;
  /** This program's version. */
  readonly version: string;
  /** The queue of workflow tasks and of each run's first steps. */
  readonly taskQueue: string;
  /** Folder of the programs that a plan may name to move the clients. Without one, no program may run. */
  readonly cutoverCommandsFolder?: string | undefined;
  /** Runs do without search attributes. Default: false. */
  readonly unindexed?: boolean;
}

/** The ports of steps, and the lanes as those open them who hold them by other means. */
export type AssembledPorts = ActivityPorts & { readonly lanes: KnownLanes };

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
}: AssembleActivityPortsOptions): AssembledPorts => {
  const secrets = createKnownSecrets();
  const materials = createMaterials(stateFolder, secrets);
  const logIn = createLogIn();
  const connectReferences = createConnectReferences({
    materials,
    environment,
    openCluster: createOpenSecretCluster({ tools, environment, folder: stateFolder.root }),
    secrets,
    allowance: referenceAllowanceIn(environment),
    connect: createOpenBao,
    logIn,
    onExposed: (ref) => {
      log.warn(`Every user of this machine may read the file of the reference ${ref}: chmod 600.`);
    },
  });
  const connectionsWith = (stores: SecretStores | undefined): Connections => {
    const references = connectReferences(stores);
    const buckets = createBuckets({ references, connect: createObjectStore });
    return {
      references,
      buckets,
      sites: createSites({ references, connect: createOpenBao, logIn }),
      snapshotPlaces: createSnapshotPlaces({ buckets }),
    };
  };
  const reservations = createLaneReservations({
    stateFolder,
    isRunning: askWhetherRunning({ connection, temporalClusterId }),
  });
  const lanes = createLanes({ stateFolder, tools, materials, environment });
  return {
    ...connectionsWith(undefined),
    connectionsWith,
    secrets,
    lanes: { ...lanes, ...createHeldLanes(lanes, reservations) },
    clusters: createClusters({ tools, materials, environment, folder: stateFolder.root }),
    reservations,
    materials,
    reports: createReportStore(stateFolder),
    cutoverCommands: createCutoverCommands({ folder: cutoverCommandsFolder, stateFolder }),
    clientJournal: createClientJournal(stateFolder),
    temporalClusterId,
    version,
    queues: queuesOfFolder(taskQueue, stateFolder.id),
    unindexed,
  };
};
