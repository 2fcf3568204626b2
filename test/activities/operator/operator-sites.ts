/** Sites of a pair whose operators are stand-ins, as a topology names them. */
import type { Clusters } from '../../../activities/ports/clusters.js';
import type { OperatorAccess, PairSide, SourceSite, TargetSite } from '../../../domain/pair/topology.js';
import { baseline } from '../../../domain/pair/topology.js';
import {
  createOperatorStandIn,
  type OperatorStandIn,
  type OperatorStandInOptions,
} from '../../support/operator/in-memory.js';
import { topology } from '../../support/stub-activities.js';

export const operatorOfSide = (side: PairSide): OperatorAccess => ({
  context: `k3d-openbao-dr-${side}`,
  namespace: baseline.clusterNames[side],
  cluster: baseline.clusterNames[side],
  storage: {
    endpoint: `http://rustfs.${baseline.clusterNames[side]}.svc:19000`,
    region: 'us-east-1',
    bucket: 'test-bucket',
    forcePathStyle: true,
    credentialsSecret: 'rustfs-secret',
    pathPrefix: '',
  },
  restoreRole: 'openbao-operator-restore',
});

export const sourceWithOperator: SourceSite = { ...topology.source, operator: operatorOfSide('source') };
export const targetWithOperator: TargetSite = { ...topology.target, operator: operatorOfSide('target') };

export type Work = Omit<OperatorStandInOptions, 'namespace' | 'cluster' | 'context'>;

export const standInFor = (side: PairSide, work: Work = {}): OperatorStandIn => {
  const { context, namespace, cluster } = operatorOfSide(side);
  return createOperatorStandIn({ context, namespace, cluster, ...work });
};

/** Finds stand-ins by their contexts. */
export const clustersOf = (...standIns: readonly OperatorStandIn[]): Clusters => ({
  async at({ context }) {
    const found = standIns.find(({ cluster }) => cluster.context === context);
    if (found === undefined) throw new Error(`no stand-in for ${context}`);
    return found.cluster;
  },
});
