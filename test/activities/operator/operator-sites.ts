/** Sites of a pair whose operators are stand-ins, as a topology names them. */
import type { Clusters } from '../../../activities/ports/clusters.js';
import type { PairSide, SourceSite, TargetSite } from '../../../domain/pair/topology.js';
import {
  createOperatorStandIn,
  type OperatorStandIn,
  type OperatorStandInOptions,
} from '../../support/operator/in-memory.js';
import { exampleOperator, exampleUnderOperators } from '../../support/drills/example-topology.js';

const { source, target } = exampleUnderOperators();

export const operatorOfSide = exampleOperator;

export const sourceWithOperator: SourceSite = source;
export const targetWithOperator: TargetSite = target;

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
