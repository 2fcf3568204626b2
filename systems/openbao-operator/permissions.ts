/** The least that a drill may do in a side's Kubernetes to drive its operator. */
import { operatorKinds, serviceAccountOf } from './objects.js';
import { type Permission, toExplainPods } from '../../domain/pair/permissions.js';
import type { OperatorAccess, PairSide } from '../../domain/pair/topology.js';

/**
 * @param strict the operator's newer line: its admission asks whether the restoring identity may use the resources that the
 *   restore names.
 */
export const leastPermissions = (
  side: PairSide,
  { namespace, cluster, storage, jobImage }: OperatorAccess,
  strict: boolean,
): readonly Permission[] => {
  const inNamespace = (verb: string, resource: string, more: Pick<Permission, 'name' | 'subresource'> = {}) => ({
    verb,
    resource,
    namespace,
    ...more,
  });
  const both: readonly Permission[] = [
    inNamespace('get', operatorKinds.clusters, { name: cluster }),
    inNamespace('get', 'jobs.batch'),
    ...toExplainPods(namespace),
    // By name: without one it would be for every account of the namespace, the server's own among them.
    ...(side === 'source' ? (['backup'] as const) : (['backup', 'restore'] as const)).map((use) =>
      inNamespace('create', 'serviceaccounts', { subresource: 'token', name: serviceAccountOf(cluster, use) }),
    ),
  ];
  if (side === 'source') {
    return [...both, inNamespace('patch', operatorKinds.clusters, { name: cluster })];
  }
  return [
    ...both,
    // After a restore the target needs the keys that sign the tokens of its own cluster.
    { verb: 'get', resource: '/openid/v1/jwks' },
    { verb: 'get', resource: operatorKinds.definitions, name: operatorKinds.restores },
    ...['get', 'create', 'patch', 'delete'].map((verb) => inNamespace(verb, operatorKinds.restores)),
    // No verb of Kubernetes: the operator's admission asks for it.
    inNamespace('restore', operatorKinds.clusters, { name: cluster }),
    ...(strict ? [inNamespace('get', 'secrets', { name: storage.credentialsSecret })] : []),
    ...(strict && jobImage !== undefined
      ? [inNamespace('usecustomexecutables', operatorKinds.clusters, { name: cluster })]
      : []),
  ];
};
