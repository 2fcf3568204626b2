/** What may be asked of a cluster's API server, and who needs which of it for a drill. */
import type { KubernetesAccess, SiteName } from './topology.js';

export interface Permission {
  /** `get`, `patch`, …, or one that only an admission policy asks about. */
  readonly verb: string;
  /** With its API group: `deployments.apps`. Or a path that is no resource: `/openid/v1/jwks`. */
  readonly resource: string;
  /** Absent: of all of its kind. */
  readonly name?: string;
  readonly subresource?: string;
  /** Absent: in the whole cluster. */
  readonly namespace?: string;
}

/** What one cluster has to allow. */
export interface ClusterPermissions {
  readonly site: SiteName;
  readonly access: KubernetesAccess;
  readonly permissions: readonly Permission[];
}

export const describePermission = ({ verb, resource, name, subresource, namespace }: Permission): string =>
  `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}${name === undefined ? '' : ` ${name}`}` +
  (namespace === undefined ? '' : ` in ${namespace}`);

/** Each once, in the order in which they come first. */
export const distinctPermissions = (permissions: readonly Permission[]): readonly Permission[] => [
  ...new Map(permissions.map((permission) => [describePermission(permission), permission])).values(),
];

/** What says why pods do not run: they, their events, what makes them, and what they printed last. */
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
