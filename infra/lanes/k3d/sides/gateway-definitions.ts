/** Gateway API's resource definitions, which a cluster may have already. */
import { KnownFailure } from '../../../../domain/known-failure.js';
import { listAt, textAt } from '../../../../domain/fields.js';
import type { SiteName } from '../../../../domain/pair/topology.js';
import type { Cluster } from '../../../../systems/kubernetes/cluster.js';
import { renderManifest } from '../../../../systems/kubernetes/templates.js';
import { awaitObject } from '../objects/await-object.js';
import { clusterOf, currentRecord, type LaneContext } from '../lane-context.js';
import { applyOwn, laneSelector } from '../objects/own-objects.js';

const definitions = 'customresourcedefinitions.apiextensions.k8s.io';
const tlsRoutes = { kind: definitions, name: 'tlsroutes.gateway.networking.k8s.io' } as const;
const gatewayClasses = { kind: definitions, name: 'gatewayclasses.gateway.networking.k8s.io' } as const;
const admission = ['validatingadmissionpolicybindings', 'validatingadmissionpolicies'].map(
  (plural) => `${plural}.admissionregistration.k8s.io`,
);

/**
 * Installs the definitions where there are none.
 *
 * @throws KnownFailure `GatewayApiTooOld`: there are some, of a line whose TLSRoute is not v1.
 * @throws KnownFailure `GatewayDefinitionsMissing`: the plan adopts the gateway, and there are none; or they cannot be had.
 */
export const ensureGatewayDefinitions = async (
  context: LaneContext,
  cluster: Cluster,
  site: SiteName,
): Promise<void> => {
  const { options, systems, recordFile, progress, signal } = context;
  const [routes, classes] = await Promise.all([
    cluster.get(tlsRoutes, { signal }),
    cluster.get(gatewayClasses, { signal }),
  ]);
  if (routes !== undefined && !servesV1(routes)) throw tooOld(cluster);
  if (routes === undefined && classes !== undefined && !(await isOurs(context, site))) throw tooOld(cluster);
  if (routes === undefined || classes === undefined) {
    if (options.adopt.includes('gateway')) throw missing(cluster);
    await recordFile.update((record) => {
      record.gatewayDefinitions = [...new Set([...record.gatewayDefinitions, site])];
    });
    await applyOwn(context, cluster, renderManifest(await systems.gatewayDefinitions(signal), {}));
    progress(`gateway ${site}: Gateway API's definitions installed`);
  }
  for (const ref of [tlsRoutes, gatewayClasses]) {
    await awaitObject(
      cluster,
      {
        ref,
        what: `the definition ${ref.name} to be established`,
        read: (object) =>
          listAt(object, 'status', 'conditions').some(
            (condition) => textAt(condition, 'type') === 'Established' && textAt(condition, 'status') === 'True',
          ) || undefined,
        timeoutMs: 60_000,
      },
      context,
    );
  }
};

const isOurs = async (context: LaneContext, site: SiteName): Promise<boolean> =>
  (await currentRecord(context)).gatewayDefinitions.includes(site);

const servesV1 = (definition: unknown): boolean =>
  listAt(definition, 'spec', 'versions').some(
    (version) => textAt(version, 'name') === 'v1' && (version as { served?: unknown }).served === true,
  );

/** Removes what the lane has installed, unless somebody else has come to use it. */
export const removeGatewayDefinitions = async (context: LaneContext, site: SiteName): Promise<void> => {
  const { signal, progress } = context;
  if (!(await isOurs(context, site))) return;
  const cluster = await clusterOf(context, site);
  const selector = laneSelector(context);
  const ours = await cluster.list(definitions, { selector, signal });
  const used = await Promise.all(ours.map(({ metadata }) => cluster.list(metadata.name, { signal })));
  if (used.flat().length > 0) {
    return progress(`gateway ${site}: Gateway API's definitions stay, as others use them`);
  }
  for (const kind of admission) {
    for (const { metadata } of await cluster.list(kind, { selector, signal })) {
      await cluster.remove({ kind, name: metadata.name }, { signal });
    }
  }
  for (const { metadata } of ours) await cluster.remove({ kind: definitions, name: metadata.name }, { signal });
};

const tooOld = (cluster: Cluster): KnownFailure =>
  new KnownFailure(
    'GatewayApiTooOld',
    'The cluster has a Gateway API without TLSRoute v1: bring its definitions to 1.5 or newer, standard channel',
    { facts: { context: cluster.context } },
  );

const missing = (cluster: Cluster): KnownFailure =>
  new KnownFailure(
    'GatewayDefinitionsMissing',
    "The plan adopts the gateway, and the cluster has no definitions of Gateway API: install them, or let the lane do it by leaving 'gateway' out of 'adopt'",
    { facts: { context: cluster.context } },
  );
