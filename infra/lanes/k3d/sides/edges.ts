/** The lane's edges: one Traefik a site that passes TLS through, and the clients' own, which cutover turns. */
import { listAt, numberAt, textAt } from '../../../../domain/fields.js';
import { conditionOf } from '../../../../systems/openbao-operator/objects.js';
import { KnownFailure } from '../../../../domain/known-failure.js';
import { baseline, type PairSide } from '../../../../domain/pair/topology.js';
import type { Cluster, KubernetesObject, ObjectRef } from '../../../../systems/kubernetes/cluster.js';
import { isShut } from '../../made/record/lane-sides.js';
import { assertNotShared, replicasOf } from './adopted-edge.js';
import { renderAsset } from '../objects/assets.js';
import { awaitObject } from '../objects/await-object.js';
import { ensureGatewayDefinitions } from './gateway-definitions.js';
import { clusterOf, currentRecord, type LaneContext, noteOfPart } from '../lane-context.js';
import type { EdgeName } from '../../made/names.js';
import { clientsNamespace, edge, edgeNamespaceOf, siteOfEdge } from '../names.js';
import { imageOf } from '../machine/images.js';
import { applyOwn } from '../objects/own-objects.js';

export interface EdgeAddress {
  readonly address: string;
  readonly port: number;
}

const routes = 'tlsroutes.gateway.networking.k8s.io';
const gateways = 'gateways.gateway.networking.k8s.io';
export const edgePods = { selector: 'app.kubernetes.io/name=traefik' } as const;

/**
 * Makes a site's edge, or checks the one that is adopted. That of a side that is shut is not started.
 *
 * @throws KnownFailure `EdgeMissing`, or `EdgeShared` for a side's: the plan adopts the gateway, and there is none for this lane.
 */
export const makeEdge = async (context: LaneContext, name: EdgeName): Promise<void> => {
  const { options, recordFile, progress, signal } = context;
  const cluster = await clusterOf(context, siteOfEdge(name));
  const namespace = edgeNamespaceOf(name);
  const record = await currentRecord(context);
  const shut = name !== 'infra' && name !== 'clients' && isShut(record, name);
  const adopted = options.adopt.includes('gateway');
  const before = await cluster.get(deploymentOf(name), { signal });
  await ensureGatewayDefinitions(context, cluster, siteOfEdge(name));
  await recordFile.update(noteOfPart(`gateway-${name}`, adopted ? 'adopted' : 'making'));
  if (!adopted) {
    const objects = await renderAsset('edge', {
      NAMESPACE: namespace,
      GATEWAY_CLASS: name === 'clients' ? clientsNamespace : edge.gateway,
      SERVICE_PORT: name === 'clients' ? 8443 : 443,
      TRAEFIK_IMAGE: imageOf('traefik', options),
    });
    await applyOwn(context, cluster, shut ? objects.map(withoutPods) : objects);
  } else if (before === undefined) {
    throw edgeMissing(cluster, namespace);
  } else if (name === 'source' || name === 'target') {
    await assertNotShared(context, cluster);
    // Left behind by a drill that fenced it.
    const left = !shut && numberAt(before, 'spec', 'replicas') === 0;
    if (left) await cluster.scale(deploymentOf(name), await replicasOf(context, name), { signal });
  }
  if (!shut) await edgeReady(context, cluster, name);
  if (name === 'clients') await routeClients(context, cluster);
  if (!adopted) await recordFile.update(noteOfPart(`gateway-${name}`, 'made'));
  progress(`edge ${name}: ${before === undefined ? 'made' : 'found'}${shut ? ', shut' : ''}`);
};

const withoutPods = (object: KubernetesObject): KubernetesObject =>
  object.kind === 'Deployment' ? { ...object, spec: { ...(object['spec'] as object), replicas: 0 } } : object;

export const deploymentOf = (name: EdgeName): ObjectRef => ({
  kind: 'deployments.apps',
  name: edge.deployment,
  namespace: edgeNamespaceOf(name),
});

/** Its pod serves, its Gateway is programmed, and it has an address. */
export const edgeReady = async (context: LaneContext, cluster: Cluster, name: EdgeName): Promise<void> => {
  const namespace = edgeNamespaceOf(name);
  const workload = { namespace, ...edgePods };
  await awaitObject(
    cluster,
    {
      ref: deploymentOf(name),
      what: `the edge of ${name} to be available`,
      read: (object) => conditionOf(object, 'Available')?.status === 'True' || undefined,
      workload,
      timeoutMs: 300_000,
    },
    context,
  );
  await awaitObject(
    cluster,
    {
      ref: { kind: gateways, name: edge.gateway, namespace },
      what: `the Gateway of ${name} to be programmed`,
      read: (object) => conditionOf(object, 'Programmed')?.status === 'True' || undefined,
      describe: (object) => {
        const programmed = conditionOf(object, 'Programmed');
        return programmed === undefined || programmed.status === 'True'
          ? undefined
          : `edge ${name}: Gateway is not programmed (${programmed.reason ?? 'Unknown'}): ${programmed.message ?? ''}`;
      },
      timeoutMs: 60_000,
    },
    context,
  );
  await edgeForPods(context, name);
};

/** The edge's Service, as pods of all three clusters reach it. It may be about to be made. */
export const edgeForPods = async (context: LaneContext, name: EdgeName): Promise<EdgeAddress> => {
  const cluster = await clusterOf(context, siteOfEdge(name));
  return awaitObject(
    cluster,
    {
      ref: { kind: 'services', name: edge.service, namespace: edgeNamespaceOf(name) },
      what: `the edge of ${name} to get an address (its Service is of type LoadBalancer: the cluster needs somebody who gives those addresses)`,
      read: serviceAddress,
      timeoutMs: 300_000,
    },
    context,
  );
};

const serviceAddress = (service: KubernetesObject | undefined): EdgeAddress | undefined => {
  const [ingress] = listAt(service, 'status', 'loadBalancer', 'ingress');
  const address = textAt(ingress, 'ip') ?? textAt(ingress, 'hostname');
  const port = numberAt(listAt(service, 'spec', 'ports')[0], 'port');
  return address === undefined || port === undefined ? undefined : { address, port };
};

/** `https://host:port` of an edge, as this machine reaches it. */
export const edgeFromHere = async (context: LaneContext, name: EdgeName): Promise<string> => {
  const { ports } = await currentRecord(context);
  if (!context.options.adopt.includes('clusters')) return `https://127.0.0.1:${ports.edges[name]}`;
  const { address, port } = await edgeForPods(context, name);
  return `https://${address}:${port}`;
};

/** What stands behind the clients' name: the edge of the side that the record names. */
const routeClients = async (context: LaneContext, cluster: Cluster): Promise<void> => {
  const [source, target] = await Promise.all([edgeForPods(context, 'source'), edgeForPods(context, 'target')]);
  const { clientsAt } = await currentRecord(context);
  const objects = await renderAsset('clients-edge', {
    EDGE_NAMESPACE: edgeNamespaceOf('clients'),
    CLIENTS_HOST: baseline.hosts.clients,
    CLIENTS_AT: clientsAt,
    SOURCE_ADDRESS: source.address,
    SOURCE_PORT: source.port,
    TARGET_ADDRESS: target.address,
    TARGET_PORT: target.port,
  });
  await applyOwn(context, cluster, objects);
};

/** Turns the clients' edge to one side. Traefik watches the route and follows within half a second. */
export const pointClientsEdgeAt = async (context: LaneContext, side: PairSide): Promise<void> => {
  const cluster = await clusterOf(context, 'infra');
  const change = [{ op: 'replace', path: '/spec/rules/0/backendRefs/0/name', value: side }];
  const ref = { kind: routes, name: 'clients', namespace: edgeNamespaceOf('clients') };
  await cluster.patch(ref, change, { type: 'json', signal: context.signal });
};

const edgeMissing = (cluster: Cluster, namespace: string): KnownFailure =>
  new KnownFailure(
    'EdgeMissing',
    `The plan adopts the gateway, and namespace ${namespace} has no Deployment ${edge.deployment}: apply infra/lanes/k3d/manifests/edge.yaml, or leave 'gateway' out of 'adopt'`,
    { facts: { context: cluster.context } },
  );
