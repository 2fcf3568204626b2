/** The k3d lane: three Kubernetes clusters, an OpenBao operator in two of them, edges of Gateway API, and a bucket beside them. */
import type { Topology } from '../../../domain/pair/topology.js';
import { provisioningStages } from '../../../domain/plan/provisioning.js';
import type { Environment, ToolBox } from '../../../systems/tools/index.js';
import type { MaterialFiles } from '../../state/materials.js';
import type { StateFolder } from '../../state/state-folder.js';
import { readTopologyFile } from '../made/record/topology-file.js';
import { lanePartOf } from '../made/shell/lane-part.js';
import { createLaneLocks } from '../made/shell/locks.js';
import { createMadeLane, type MadeLane } from '../made/shell/made-lane.js';
import { buildPart, type LaneBuilder } from './build-lane.js';
import { createK3dHost } from './k3d-host.js';
import { k3dLanePaths } from './lane-paths.js';
import { openK3dRecord } from './lane-record.js';
import { createLaneSystems, type LaneSystems } from './lane-systems.js';
import { networkName } from './names.js';
import { neededAccess } from './needed-access.js';
import { optionsOf } from './options.js';

export interface K3dLanePorts {
  readonly stateFolder: StateFolder;
  readonly materials: MaterialFiles;
  readonly tools: ToolBox;
  /** Where `KUBECONFIG`, Docker's settings, `OPENBAO_DR_GATEWAY_CRDS` and what plans may choose are looked for. */
  readonly environment: Environment;
  /** Ports other lanes have, running or not. */
  readonly takenPorts: () => Promise<ReadonlySet<number>>;
  /** Default: the real programs. */
  readonly systems?: LaneSystems;
  /** Asked under the lane's lock before each change. Default: the lane is held by other means. */
  readonly assertHeld?: (() => Promise<void>) | undefined;
}

/** Clusters are made in a minute or two each, after their images have been fetched. */
const lockTimeoutMs = 20 * 60_000;
const never = new AbortController().signal;

export const createK3dLane = (
  name: string,
  { stateFolder, materials, tools, environment, takenPorts, systems, assertHeld }: K3dLanePorts,
): MadeLane => {
  const paths = k3dLanePaths(stateFolder, name);
  const recordFile = openK3dRecord(paths);
  const base: LaneBuilder['base'] = {
    lane: name,
    paths,
    recordFile,
    materials,
    tools,
    systems: systems ?? createLaneSystems({ tools, materials, environment, folder: paths.programs }),
  };

  const locks = createLaneLocks({ timeoutMs: lockTimeoutMs, assertHeld });
  const parts = provisioningStages('k3d').flat();
  const whilePart: LaneBuilder['whilePart'] = (part, run, signal) => locks.under([paths.partLock(part)], run, signal);
  const builder: LaneBuilder = { base, environment, takenPorts, whilePart };

  return {
    ...createMadeLane({
      ...{ name, kind: 'k3d', paths, locks, recordFile },
      partLocks: parts.map((part) => paths.partLock(part)),
      host: createK3dHost(builder),
    }),
    assertPossible: async (options, signal) => {
      const { adopt, storage } = optionsOf(options);
      const makesClusters = !adopt.includes('clusters');
      if (makesClusters || storage === 'container') {
        await (await base.systems.docker()).network(networkName, { signal });
      }
      if (makesClusters) await base.systems.k3d();
    },
    parts: {
      make: async (part, request, progress, signal = never) =>
        buildPart(builder, lanePartOf(name, parts, part), request, progress, signal),
    },
    insight: {
      neededAccess: async (plan) => {
        const { options } = await recordFile.existing();
        return neededAccess({ lane: name, options }, plan);
      },
    },
  };
};

/** Ports of this machine that the lane has, so that no new lane chooses them. */
export const k3dLanePorts = async (stateFolder: StateFolder, lane: string): Promise<number[]> => {
  const record = await openK3dRecord(k3dLanePaths(stateFolder, lane)).read();
  if (record === undefined) return [];
  const { edges, storage, storageInternal } = record.ports;
  return [...Object.values(edges), storage, ...storageInternal];
};

/** As it was described last; undefined for a lane that was not built to its end. Asks nothing of its clusters. */
export const lastTopology = async (stateFolder: StateFolder, lane: string): Promise<Topology | undefined> => {
  const paths = k3dLanePaths(stateFolder, lane);
  const record = await openK3dRecord(paths).read();
  return record?.ready.includes('target') === true ? readTopologyFile(paths) : undefined;
};
