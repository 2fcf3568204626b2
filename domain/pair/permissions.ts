/** Requests to a cluster's API server that a drill needs permission for. */
import type { KubernetesAccess, SiteName } from './topology.js';

export interface Permission {
  /** `get`, `patch`, …, or a verb that only an admission policy asks about. */
  readonly verb: string;
  /** A resource with its API group, like `deployments.apps`, or a path that is no resource, like `/openid/v1/jwks`. */
  readonly resource: string;
  /** Absent: all objects of the kind. */
  readonly name?: string;
  readonly subresource?: string;
  /** Absent: the whole cluster. */
  readonly namespace?: string;
}

/** The requests that one cluster has to allow. */
export interface ClusterPermissions {
  readonly site: SiteName;
  readonly access: KubernetesAccess;
  readonly permissions: readonly Permission[];
}

export const describePermission = ({ verb, resource, name, subresource, namespace }: Permission): string =>
  `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}${name === undefined ? '' : ` ${name}`}` +
  (namespace === undefined ? '' : ` in ${namespace}`);

/** Removes repetitions and keeps the order of first occurrences. */
export const distinctPermissions = (permissions: readonly Permission[]): readonly Permission[] => [
  ...new Map(permissions.map((permission) => [describePermission(permission), permission])).values(),
];

/** The objects that explain why pods do not run: the pods, their events, their owners, and their last output. */
export const toExplainPods = (namespace: string): readonly Permission[] => [
  { verb: 'list', resource: 'pods', namespace },
  // kubectl reads the pod before it asks for its log.
  { verb: 'get', resource: 'pods', namespace },
  { verb: 'get', resource: 'pods', subresource: 'log', namespace },
  { verb: 'list', resource: 'events', namespace },
  ...['replicasets.apps', 'statefulsets.apps', 'daemonsets.apps', 'jobs.batch'].map((resource) => ({
    verb: 'list',
    resource,
    namespace,
  })),
];
