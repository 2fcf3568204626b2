/** Takes away the operator that a lane has installed: Helm's release, and what may be left of one that was cut short. */
import type { PairSide } from '../../../../domain/pair/topology.js';
import type { Cluster } from '../../../../systems/kubernetes/cluster.js';
import { accessTo, clusterOf, currentRecord, type LaneContext } from '../lane-context.js';
import { operatorNamespace, operatorRelease, sideName } from '../names.js';
import { isOurs } from '../objects/own-objects.js';

/** Beside namespaces. The operator's definitions stay: others may use them. */
const clusterWide = [
  'clusterroles.rbac.authorization.k8s.io',
  'clusterrolebindings.rbac.authorization.k8s.io',
  'validatingadmissionpolicies.admissionregistration.k8s.io',
  'validatingadmissionpolicybindings.admissionregistration.k8s.io',
];

/** In the operator's namespace and in the side's, either of which may have been there before the lane. */
const inNamespaces = [
  'deployments.apps',
  'services',
  'rolebindings.rbac.authorization.k8s.io',
  'roles.rbac.authorization.k8s.io',
  'serviceaccounts',
  'networkpolicies.networking.k8s.io',
  'configmaps',
];

const uninstallSeconds = 180;

/** Of the lane's own release alone. The operator's namespace goes, too, if the lane made it. Safe to repeat. */
export const removeOperator = async (context: LaneContext, side: PairSide): Promise<void> => {
  const { signal } = context;
  const state = (await currentRecord(context)).parts[`operator-${side}`];
  if (state !== 'made' && state !== 'making') return;
  const cluster = await clusterOf(context, side);
  await uninstall(context, cluster, side);
  for (const kind of clusterWide) await removeReleased(context, cluster, kind);
  for (const namespace of [operatorNamespace, sideName(side)]) {
    for (const kind of inNamespaces) await removeReleased(context, cluster, kind, namespace);
  }
  const ref = { kind: 'namespaces', name: operatorNamespace };
  const namespace = await cluster.get(ref, { signal });
  if (namespace !== undefined && isOurs(context, namespace)) {
    await cluster.remove(ref, { timeoutMs: 120_000, signal });
  }
};

/** Helm keeps each revision of a release in a Secret: without one there is nothing that it could know of. */
const uninstall = async (context: LaneContext, cluster: Cluster, side: PairSide): Promise<void> => {
  const { systems, signal } = context;
  const selector = `owner=helm,name=${operatorRelease}`;
  if ((await cluster.list('secrets', { namespace: operatorNamespace, selector, signal })).length === 0) return;
  const helm = await systems.helm(accessTo(context, side));
  const release = { release: operatorRelease, namespace: operatorNamespace, timeoutSeconds: uninstallSeconds };
  await helm.uninstall(release, { signal });
};

/** What Helm made for the release and does not know any more. */
const removeReleased = async (
  { signal }: LaneContext,
  cluster: Cluster,
  kind: string,
  namespace?: string,
): Promise<void> => {
  const selector = 'app.kubernetes.io/managed-by=Helm';
  const place = namespace === undefined ? {} : { namespace };
  for (const { metadata } of await cluster.list(kind, { ...place, selector, signal })) {
    const { annotations = {} } = metadata;
    if (annotations['meta.helm.sh/release-name'] !== operatorRelease) continue;
    if (annotations['meta.helm.sh/release-namespace'] !== operatorNamespace) continue;
    await cluster.remove({ kind, name: metadata.name, ...place }, { signal });
  }
};
