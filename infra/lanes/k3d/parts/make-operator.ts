/** The operator of a side: installed by Helm for this side alone, or taken as it is. */
import { conditionOf, operatorKinds } from '../../../../systems/openbao-operator/objects.js';
import { isKnownFailure, KnownFailure } from '../../../../domain/known-failure.js';
import type { PairSide } from '../../../../domain/pair/topology.js';
import type { Cluster, KubernetesObject } from '../../../../systems/kubernetes/cluster.js';
import { explainWorkload } from '../../../../systems/kubernetes/explain.js';
import { awaitObject } from '../objects/await-object.js';
import { accessTo, clusterOf, currentRecord, type LaneContext, noteOfPart } from '../lane-context.js';
import { describeOperator, operatorOf, operatorsIn } from './find-operator.js';
import { ensureSideNamespace } from './make-secrets.js';
import { operatorNamespace, operatorRelease, sideName } from '../names.js';
import { operatorChart } from '../options.js';
import { ensureNamespace } from '../objects/own-objects.js';

const installSeconds = 300;
const pods = { selector: 'app.kubernetes.io/name=openbao-operator' } as const;

/**
 * @throws KnownFailure `OperatorMissing`: the plan adopts it, and there is none that looks after the side's namespace.
 * @throws KnownFailure `OperatorAmbiguous`: there are several that do.
 * @throws KnownFailure `OperatorTaken`: the lane is to install it, and there is one already.
 */
export const makeOperator = async (context: LaneContext, side: PairSide): Promise<void> => {
  const { options, recordFile, progress, signal } = context;
  const part = `operator-${side}`;
  const cluster = await clusterOf(context, side);
  const { parts } = await currentRecord(context);
  const operators = await operatorsIn(cluster, signal);
  const found = operatorOf(sideName(side), operators, cluster);
  if (options.adopt.includes('operator')) {
    if (found === undefined) throw missing(cluster, side, operators);
    await recordFile.update(noteOfPart(part, 'adopted'));
  } else if (found === undefined || parts[part] !== 'made') {
    // Any is in the way, whatever it looks after: what the chart has of no namespace is there once in a cluster.
    if (operators[0] !== undefined && parts[part] === undefined) throw taken(cluster, side, found ?? operators[0]);
    const begun = parts[part] === 'making';
    await recordFile.update(noteOfPart(part, 'making'));
    progress(`operator ${side}: ${operatorRelease} ${options.operatorVersion} is being installed`);
    await install(context, cluster, side, begun);
  }
  const operator = found ?? (await findOperator(context, cluster, sideName(side))) ?? raise(missing(cluster, side));
  await assertDefinitions(context, cluster);
  await ready(context, cluster, side, operator);
  if (!options.adopt.includes('operator')) await recordFile.update(noteOfPart(part, 'made'));
  progress(`operator ${side}: ${found === undefined ? 'installed' : 'found'}`);
};

/** @param begun an installation of this lane's was cut short: what Helm keeps of it would be in the way of every other. */
const install = async (context: LaneContext, cluster: Cluster, side: PairSide, begun: boolean): Promise<void> => {
  const { options, systems, signal } = context;
  // The chart puts a RoleBinding into the side's namespace, so it has to be there first.
  await ensureSideNamespace(context, cluster, side);
  await ensureNamespace(context, cluster, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: operatorNamespace },
  });
  const helm = await systems.helm(accessTo(context, side));
  const release = {
    release: operatorRelease,
    chart: operatorChart,
    version: options.operatorVersion,
    namespace: operatorNamespace,
    timeoutSeconds: installSeconds,
  };
  if (begun) await forgetPending(context, cluster);
  try {
    await helm.upgrade(release, { tenancy: { mode: 'single', targetNamespace: sideName(side) } }, { signal });
  } catch (error) {
    if (!isKnownFailure(error, 'TimedOut')) throw error;
    const why = await explainWorkload(cluster, { namespace: operatorNamespace, ...pods }).catch(() => undefined);
    if (why === undefined) throw error;
    throw new KnownFailure('WorkloadNotReady', `The operator of ${side} does not come up: ${why}`, {
      facts: { context: cluster.context, namespace: operatorNamespace },
      cause: error,
    });
  }
};

/** Helm keeps each revision in a Secret. One that is pending stays so when Helm is killed, and no other may begin. */
const forgetPending = async ({ signal }: LaneContext, cluster: Cluster): Promise<void> => {
  const selector = `owner=helm,name=${operatorRelease}`;
  for (const { metadata } of await cluster.list('secrets', { namespace: operatorNamespace, selector, signal })) {
    if (metadata.labels?.['status']?.startsWith('pending-') !== true) continue;
    await cluster.remove({ kind: 'secrets', name: metadata.name, namespace: operatorNamespace }, { signal });
  }
};

/** @param namespace Default: of whatever namespaces. @throws KnownFailure as {@link operatorOf}. */
export const findOperator = async (
  { signal }: Pick<LaneContext, 'signal'>,
  cluster: Cluster,
  namespace?: string,
): Promise<KubernetesObject | undefined> => {
  const operators = await operatorsIn(cluster, signal);
  return namespace === undefined ? operators[0] : operatorOf(namespace, operators, cluster);
};

const ready = async (
  context: LaneContext,
  cluster: Cluster,
  side: PairSide,
  { metadata: { name, namespace = operatorNamespace } }: KubernetesObject,
): Promise<void> => {
  await awaitObject(
    cluster,
    {
      ref: { kind: 'deployments.apps', name, namespace },
      what: `the operator of ${side} to be available`,
      read: (object) => conditionOf(object, 'Available')?.status === 'True' || undefined,
      workload: { namespace, ...pods },
      timeoutMs: 180_000,
    },
    context,
  );
};

const assertDefinitions = async ({ signal }: LaneContext, cluster: Cluster): Promise<void> => {
  for (const name of [operatorKinds.clusters, operatorKinds.restores]) {
    if ((await cluster.get({ kind: operatorKinds.definitions, name }, { signal })) === undefined) {
      throw new KnownFailure(
        'OperatorMissing',
        `The operator is there and its definition ${name} is not: install the CRDs of its release`,
        { facts: { context: cluster.context } },
      );
    }
  }
};

const missing = (cluster: Cluster, side: PairSide, others: readonly KubernetesObject[] = []): KnownFailure =>
  new KnownFailure(
    'OperatorMissing',
    others.length === 0
      ? 'There is no OpenBao operator in the cluster: install it, or let the lane do it by leaving "operator" out of "adopt"'
      : `No OpenBao operator in the cluster looks after namespace ${sideName(side)} (${others.map(describeOperator).join(', ')}): have one look after it, by WATCH_NAMESPACE or the chart's tenancy`,
    { facts: { context: cluster.context } },
  );

const taken = (cluster: Cluster, side: PairSide, operator: KubernetesObject): KnownFailure =>
  new KnownFailure(
    'OperatorTaken',
    `The cluster has an OpenBao operator already (${describeOperator(operator)}): take it with "adopt: [operator]" in the plan, once it looks after ${sideName(side)}, or remove it`,
    { facts: { context: cluster.context } },
  );

const raise = (error: Error): never => {
  throw error;
};
