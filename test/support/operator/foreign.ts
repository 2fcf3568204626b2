/** Whether a cluster already has what the stand-in would make: an operator of somebody else's must never meet it. */
import { operatorKinds } from '../../../systems/openbao-operator/objects.js';
import { baseline, type PairSide } from '../../../domain/pair/topology.js';
import type { Cluster, KubernetesObject, ObjectRef } from '../../../systems/kubernetes/cluster.js';
import { definitionNames, standInLabel } from './definitions.js';
import { operatorAccount } from './trust.js';

/** Of the identities that drills have in a cluster, as the program's roles name it. */
export const identitiesNamespace = 'openbao-dr';

export const namespacesOf = (side: PairSide): readonly string[] => [
  baseline.clusterNames[side],
  operatorAccount.namespace,
  identitiesNamespace,
];

/** What was found that is not the stand-in's own; undefined when there is nothing. Reads only. */
export const findForeignOperator = async (cluster: Cluster, side: PairSide): Promise<string | undefined> => {
  const operators = await cluster.list('deployments.apps', { selector: 'app.kubernetes.io/name=openbao-operator' });
  if (operators.length > 0) return 'the OpenBao operator is installed';
  const names: readonly ObjectRef[] = [
    ...definitionNames.map((name) => ({ kind: operatorKinds.definitions, name })),
    ...namespacesOf(side).map((name) => ({ kind: 'namespaces', name })),
  ];
  for (const ref of names) {
    const found = await cluster.get(ref);
    if (found !== undefined && !isOwn(found)) return `there is a ${found.kind} ${ref.name} that no test has made`;
  }
  return undefined;
};

export const isOwn = ({ metadata }: KubernetesObject): boolean => metadata.labels?.[standInLabel] !== undefined;
