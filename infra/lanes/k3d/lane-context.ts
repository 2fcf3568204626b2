/** What making, changing or removing any part of a k3d lane has at hand. */
import type { Materials } from '../../../activities/ports/materials.js';
import type { Progress } from '../../../activities/ports/provisioning.js';
import type { K3dLaneOptions } from '../../../domain/plan/plan.js';
import type { KubernetesAccess, MaterialRef, SiteName } from '../../../domain/pair/topology.js';
import type { Cluster } from '../../../systems/kubernetes/cluster.js';
import type { ToolBox } from '../../../systems/tools/index.js';
import { materialRef } from '../made/lane-materials.js';
import type { K3dLanePaths } from './lane-paths.js';
import type { K3dLaneRecord, K3dRecordFile } from './lane-record.js';
import type { LaneSystems } from './lane-systems.js';
import { contextName } from './names.js';

export interface LaneContext {
  readonly lane: string;
  /** The record's: marks what is this lane's. */
  readonly id: string;
  readonly paths: K3dLanePaths;
  readonly recordFile: K3dRecordFile;
  readonly options: K3dLaneOptions;
  readonly materials: Materials;
  readonly tools: ToolBox;
  readonly systems: LaneSystems;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** The lane's own kubeconfig of a cluster that k3d has made for it. */
export const kubeconfigRef = ({ lane }: Pick<LaneContext, 'lane'>, site: SiteName): MaterialRef =>
  materialRef(lane, kubeconfigs[site]);

const kubeconfigs = { infra: 'infraKubeconfig', source: 'sourceKubeconfig', target: 'targetKubeconfig' } as const;

/** A cluster that k3d made is reached by a kubeconfig of the lane's own; one that was there, by the user's. */
export const accessTo = (context: Pick<LaneContext, 'lane' | 'options'>, site: SiteName): KubernetesAccess =>
  context.options.adopt.includes('clusters')
    ? { context: contextName(site) }
    : { context: contextName(site), kubeconfig: kubeconfigRef(context, site) };

export const clusterOf = (context: LaneContext, site: SiteName): Promise<Cluster> =>
  context.systems.clusters.at(accessTo(context, site));

/** The record as it is now. */
export const currentRecord = ({ recordFile }: Pick<LaneContext, 'recordFile'>): Promise<K3dLaneRecord> =>
  recordFile.existing();

export const noteOfPart =
  (part: string, state: 'making' | 'made' | 'adopted') =>
  (record: K3dLaneRecord): void => {
    record.parts[part] = state;
  };
