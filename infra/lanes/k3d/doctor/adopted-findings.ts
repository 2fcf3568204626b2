/** Whether what a k3d lane is told to adopt is there: its contexts, Gateway API, the operator. */
import type { AdoptablePart } from '../../../../domain/plan/plan.js';
import { listAt, numberAt, textAt, valueAt } from '../../../../domain/fields.js';
import { operatorKinds } from '../../../../systems/openbao-operator/objects.js';
import type { PairSide, SiteName } from '../../../../domain/pair/topology.js';
import { findOperator } from '../parts/make-operator.js';
import { edgeNames } from '../../made/names.js';
import { contextName, edge, edgeNamespaceOf, sideName, siteNames, siteOfEdge } from '../names.js';
import { pairSides } from '../../made/record/lane-sides.js';
import type { Cluster, KubernetesObject } from '../../../../systems/kubernetes/cluster.js';
import { bad, type Finding, findOut, good, notChecked } from '../../finding.js';

const contextFinding = (what: string, cluster: Cluster): Promise<Finding> =>
  findOut(what, async () => {
    const { client, server } = await cluster.versions();
    await cluster.assertSkew();
    return good(what, `Kubernetes ${server}, kubectl ${client}`);
  });

const routes = 'tlsroutes.gateway.networking.k8s.io';

/** The definitions, and the edges that use them. */
const gatewayFinding = (site: SiteName, what: string, cluster: Cluster): Promise<Finding> =>
  findOut(what, async () => {
    const { context } = cluster;
    const definition = await cluster.get({ kind: operatorKinds.definitions, name: routes });
    const served = servedVersions(definition);
    if (!served.includes('v1')) {
      const found = served.length === 0 ? 'no TLSRoute' : `TLSRoute ${served.join(', ')}`;
      return bad(
        what,
        found,
        `${context} serves no TLSRoute v1: install Gateway API's standard channel, 1.5.1 or newer.`,
      );
    }
    for (const name of edgeNames.filter((edgeName) => siteOfEdge(edgeName) === site)) {
      const namespace = edgeNamespaceOf(name);
      if ((await cluster.get({ kind: 'deployments.apps', name: edge.deployment, namespace })) !== undefined) continue;
      const problem = `${context} has no Deployment ${edge.deployment} in namespace ${namespace}: apply infra/lanes/k3d/manifests/edge.yaml there, or leave "gateway" out of --adopt.`;
      return bad(what, `no edge in ${namespace}`, problem);
    }
    return good(what, `TLSRoute ${served.join(', ')}, edges are there`);
  });

/** The operator that looks after the side: there may be others in its cluster. */
const operatorFinding = (side: PairSide, what: string, cluster: Cluster): Promise<Finding> =>
  findOut(what, async () => {
    const { context } = cluster;
    for (const name of [operatorKinds.clusters, operatorKinds.restores]) {
      if ((await cluster.get({ kind: operatorKinds.definitions, name })) !== undefined) continue;
      const problem = `${context} does not know ${name}: install the OpenBao operator there, or leave "operator" out of --adopt.`;
      return bad(what, 'not installed', problem);
    }
    const deployment = await findOperator({ signal: AbortSignal.timeout(lookTimeoutMs) }, cluster, sideName(side));
    if (deployment === undefined) {
      const problem = `${context} has the operator's resources and no operator that looks after ${sideName(side)}: install one there.`;
      return bad(what, 'no Deployment', problem);
    }
    const name = `${deployment.metadata.namespace ?? ''}/${deployment.metadata.name}`;
    const ready = numberAt(deployment, 'status', 'readyReplicas') ?? 0;
    if (ready > 0) return good(what, `${name}, ${ready} ready`);
    return bad(what, 'not ready', `The operator ${name} of ${context} has no replica that is ready.`);
  });

const lookTimeoutMs = 30_000;

export interface AdoptedOptions {
  readonly adopt: readonly AdoptablePart[];
  /** How to reach the cluster of a site; or why that cannot be looked at. */
  readonly reach: (site: SiteName) => Cluster | string;
}

/** A line for each thing that is adopted. Where a context does not answer, what is in its cluster is not checked. */
export const adoptedFindings = async ({ adopt, reach }: AdoptedOptions): Promise<readonly Finding[]> => {
  if (adopt.length === 0) return [];
  const bySite = await Promise.all(siteNames.map((site) => findingsOf(site, adopt, reach(site))));
  return bySite.flat();
};

type Where = readonly [what: string, cluster: Cluster];

const findingsOf = async (
  site: SiteName,
  adopt: readonly AdoptablePart[],
  cluster: Cluster | string,
): Promise<readonly Finding[]> => {
  const side = pairSides.find((other) => other === site);
  const looks = [
    ...(adopt.includes('gateway')
      ? [[`gateway of ${site}`, (...at: Where) => gatewayFinding(site, ...at)] as const]
      : []),
    ...(adopt.includes('operator') && side !== undefined
      ? [[`operator of ${site}`, (...at: Where) => operatorFinding(side, ...at)] as const]
      : []),
  ];
  const what = `context ${contextName(site)}`;
  if (typeof cluster === 'string')
    return [what, ...looks.map(([name]) => name)].map((name) => notChecked(name, cluster));
  const context = await contextFinding(what, cluster);
  if (context.ok !== true) return [context, ...looks.map(([name]) => notChecked(name, `${what} is not usable`))];
  return [context, ...(await Promise.all(looks.map(([name, look]) => look(name, cluster))))];
};

const servedVersions = (definition: KubernetesObject | undefined): readonly string[] =>
  listAt(definition, 'spec', 'versions').flatMap((version) => {
    const name = textAt(version, 'name');
    return name !== undefined && valueAt(version, 'served') === true ? [name] : [];
  });
