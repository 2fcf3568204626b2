/** What a drill does to a k3d lane's clusters besides backing up and restoring: the rights of infra/lanes/k3d/rbac/drill.yaml. */
import type { LanePlan } from '../../../activities/ports/lane-facets.js';
import { operatorKinds } from '../../../systems/openbao-operator/objects.js';
import {
  type ClusterPermissions,
  distinctPermissions,
  type Permission,
  toExplainPods,
} from '../../../domain/pair/permissions.js';
import type { PairSide } from '../../../domain/pair/topology.js';
import { routeKinds } from './sides/adopted-edge.js';
import { accessTo, type LaneContext } from './lane-context.js';
import { clientsNamespace, edge, edgeNamespace, sideName } from './names.js';

/** @param plan absent: whatever a plan can ask for. */
export const neededAccess = (
  context: Pick<LaneContext, 'lane' | 'options'>,
  plan?: LanePlan,
): readonly ClusterPermissions[] => {
  const losesSource = plan === undefined || plan.disaster === 'source-loss';
  const turnsEdge = plan === undefined || plan.cutover.way === 'edge';
  const toFence = fencing(context);
  const needs = [
    { site: 'infra', permissions: turnsEdge ? turningClients : [] },
    { site: 'source', permissions: [...toFence, ...(losesSource ? stoppingAndStarting('source') : [])] },
    // One that sealed itself is started again, whatever the plan.
    { site: 'target', permissions: [...toFence, ...stoppingAndStarting('target')] },
  ] as const;
  return needs
    .filter(({ permissions }) => permissions.length > 0)
    .map(({ site, permissions }) => ({
      site,
      access: accessTo(context, site),
      permissions: distinctPermissions(permissions),
    }));
};

/** A side's edge is scaled to none, and later to what it was. kubectl reads what it scales. */
const fencing = ({ options: { adopt } }: Pick<LaneContext, 'options'>): readonly Permission[] => {
  const namespace = edgeNamespace;
  const deployment = { resource: 'deployments.apps', name: edge.deployment, namespace };
  return [
    { verb: 'get', ...deployment },
    { verb: 'patch', ...deployment, subresource: 'scale' },
    { verb: 'get', resource: 'gateways.gateway.networking.k8s.io', name: edge.gateway, namespace },
    // Where the edge is reached; k3d publishes those of its own clusters.
    ...(adopt.includes('clusters') ? [{ verb: 'get', resource: 'services', name: edge.service, namespace }] : []),
    // Nobody else may go through it.
    ...(adopt.includes('gateway') ? routeKinds.map((resource) => ({ verb: 'list', resource, namespace })) : []),
    ...toExplainPods(namespace),
  ];
};

/** The operator is told to leave the cluster alone, and its set of pods is scaled to none; and back. */
const stoppingAndStarting = (side: PairSide): readonly Permission[] => {
  const name = sideName(side);
  const inIts = { name, namespace: name };
  return [
    { verb: 'get', resource: operatorKinds.clusters, ...inIts },
    { verb: 'patch', resource: operatorKinds.clusters, ...inIts },
    { verb: 'get', resource: 'statefulsets.apps', ...inIts },
    { verb: 'patch', resource: 'statefulsets.apps', subresource: 'scale', ...inIts },
    ...toExplainPods(name),
  ];
};

const clientsRoute = { resource: 'tlsroutes.gateway.networking.k8s.io', name: 'clients', namespace: clientsNamespace };
const turningClients: readonly Permission[] = [
  { verb: 'get', ...clientsRoute },
  { verb: 'patch', ...clientsRoute },
];
