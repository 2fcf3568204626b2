/** One side's OpenBao: the operator makes it, this program gives it the least identities a drill uses, through its edge. */
import { KnownFailure } from '../../../../domain/known-failure.js';
import type { ProvisionRequest } from '../../../../activities/ports/provisioning.js';
import { textAt, valueAt } from '../../../../domain/fields.js';
import { operatorKinds } from '../../../../systems/openbao-operator/objects.js';
import { baseline, type PairSide } from '../../../../domain/pair/topology.js';
import type { Cluster } from '../../../../systems/kubernetes/cluster.js';
import { materialRef } from '../../made/lane-materials.js';
import { setUpSite } from '../../made/set-up/set-up-site.js';
import { isShut } from '../../made/record/lane-sides.js';
import { isTargetToRenew } from '../../made/shell/build-steps.js';
import { readTopologyFile } from '../../made/record/topology-file.js';
import { renderAsset } from '../objects/assets.js';
import { awaitObject } from '../objects/await-object.js';
import { clusterOf, currentRecord, type LaneContext, noteOfPart } from '../lane-context.js';
import type { K3dLaneRecord } from '../lane-record.js';
import { backendService, edgeNamespace, secrets, setUpUser, sideName } from '../names.js';
import { applyCluster, clusterUp, setUpPassword } from './openbao-cluster.js';
import { applyOwn, getOwn } from '../objects/own-objects.js';
import { releaseBackupLock } from './release-backup-lock.js';
import {
  authorityOf,
  clusterRef,
  connectTo,
  isStopped,
  serverActive,
  startServer,
  statefulSetOf,
  statusOf,
  stopServer,
} from '../sides/side-server.js';

const { hosts } = baseline;

/**
 * A server whose set-up was cut short is made anew, and so is a target that holds restored data, when a fresh one is asked for.
 *
 * @throws KnownFailure `TargetServesClients`: a fresh target is asked for, and clients use the one there is.
 * @throws KnownFailure `LaneObjectsTaken`: there is an OpenBaoCluster of this name that the lane did not make, or a volume of one.
 * @throws KnownFailure `OpenBaoClusterGone` (a retry may help): it is set up, its pods are there, and its OpenBaoCluster is not.
 */
export const makeOpenBao = async (
  context: LaneContext,
  side: PairSide,
  { freshTarget, inUse = false }: Pick<ProvisionRequest, 'freshTarget' | 'inUse'>,
): Promise<void> => {
  const { recordFile, progress } = context;
  const cluster = await clusterOf(context, side);
  const record = await currentRecord(context);
  const found = await getOwn(context, cluster, clusterRef(side));
  if (found === undefined) await assertNothingLeft(context, cluster, side, record);
  const askedPair = () => readTopologyFile(context.paths);
  const isUsed = side === 'target' && (await isTargetToRenew({ freshTarget }, { record, askedPair, progress }));
  const keeps = found !== undefined && record.ready.includes(side) && !isUsed;
  await recordFile.update((current) => {
    noteOfPart(`openbao-${side}`, 'making')(current);
    if (!keeps) current.ready = current.ready.filter((other) => other !== side);
  });
  if (!keeps) await removeOpenBao(context, cluster, side);
  const changed = await applyCluster(context, cluster, side, keeps ? found : undefined);
  await routeTo(context, cluster, side);
  if (keeps) await checkAgain(context, cluster, side, record);
  else await setUp(context, cluster, side);
  if (keeps && !inUse) await releaseBackupLock(context, cluster, side);
  await recordFile.update(noteOfPart(`openbao-${side}`, 'made'));
  progress(`${side}: ${keeps ? (changed ? 'brought up to date' : 'found') : `set up, ${setUpUser} removed`}`);
};

/** The edge's way to the server. Its Service's address is another one when the Service is made anew. */
const routeTo = async (context: LaneContext, cluster: Cluster, side: PairSide): Promise<void> => {
  const { signal } = context;
  const namespace = sideName(side);
  const backend = await renderAsset('site-backend', { NAMESPACE: namespace, CLUSTER: sideName(side) });
  await applyOwn(context, cluster, backend);
  const service = await cluster.get({ kind: 'services', name: backendService.side, namespace }, { signal });
  const route = await renderAsset('site-route', {
    EDGE_NAMESPACE: edgeNamespace,
    SITE_HOST: hosts[side],
    CLIENTS_HOST: hosts.clients,
    BACKEND_ADDRESS: textAt(service, 'spec', 'clusterIP') ?? '',
  });
  await applyOwn(context, cluster, route);
};

const setUp = async (context: LaneContext, cluster: Cluster, side: PairSide): Promise<void> => {
  const { lane, materials, recordFile, signal } = context;
  await clusterUp(context, cluster, side);
  await keepAuthority(context, cluster, side);
  const openbao = await serverActive(context, side);
  const password = await materials.read(materialRef(lane, setUpPassword[side]));
  const session = await openbao.login({ username: setUpUser, password, signal });
  await setUpSite({ lane, materials, operator: true, signal }, session, side);
  await session.remove(`auth/userpass/users/${setUpUser}`, { signal });
  await session.remove(`sys/policies/acl/${setUpUser}`, { signal });
  // The default policy still allows it.
  await session.revokeSelf({ signal });
  await recordFile.update((record) => {
    record.ready = [...record.ready, side];
    if (side === 'target') delete record.targetUsedBy;
  });
};

/** The operator makes its own authority, and another one for a cluster that is made anew. */
const keepAuthority = async (context: LaneContext, cluster: Cluster, side: PairSide): Promise<void> => {
  const { lane, materials } = context;
  const ref = { kind: 'secrets', name: secrets.sideAuthority(side), namespace: sideName(side) };
  const pem = await awaitObject(
    cluster,
    {
      ref,
      what: `the operator's authority of ${side}`,
      read: (object) => {
        const encoded = textAt(object, 'data', 'ca.crt');
        return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString();
      },
      timeoutMs: 60_000,
    },
    context,
  );
  await materials.write(materialRef(lane, authorityOf[side]), pem);
};

/** A server that lost Transit in the middle of a restore seals itself, and tries again only when it starts. */
const checkAgain = async (
  context: LaneContext,
  cluster: Cluster,
  side: PairSide,
  record: K3dLaneRecord,
): Promise<void> => {
  await keepAuthority(context, cluster, side);
  if (record.lost?.[side] === undefined && (await isStopped(context, side))) await startServer(context, side);
  // Nobody is to come in, and a look needs the way in.
  if (isShut(record, side)) return;
  const openbao = await connectTo(context, side);
  if ((await statusOf(openbao, context.signal)) === 503) {
    context.progress(`${side}: sealed, restarted`);
    await stopServer(context, side);
    await startServer(context, side);
  }
  await serverActive(context, side);
};

/**
 * That there is no OpenBaoCluster does not mean that its data may go. Somebody may have removed one and kept its volume; and an API
 * server that has just started does not know the operator's resources for a moment.
 */
const assertNothingLeft = async (
  context: LaneContext,
  cluster: Cluster,
  side: PairSide,
  { parts, ready }: K3dLaneRecord,
): Promise<void> => {
  const { lane, signal } = context;
  const facts = { context: cluster.context, namespace: sideName(side) };
  if (parts[`openbao-${side}`] === undefined && (await cluster.get(volumeOf(side), { signal })) !== undefined) {
    throw new KnownFailure(
      'LaneObjectsTaken',
      `Lane ${lane} did not make the volume ${volumeOf(side).name}, which holds the data of another OpenBaoCluster: remove it if nobody needs it, or use other clusters`,
      { facts },
    );
  }
  if (ready.includes(side) && (await cluster.get(statefulSetOf(side), { signal })) !== undefined) {
    throw new KnownFailure(
      'OpenBaoClusterGone',
      `The OpenBaoCluster of ${side} is not to be seen, and its StatefulSet is still there: wait for the one to appear or the other to go, or take the lane down with "openbao-dr down ${lane}"`,
      { retryable: true, facts },
    );
  }
};

const volumeOf = (side: PairSide) => ({
  kind: 'persistentvolumeclaims',
  name: `data-${sideName(side)}-0`,
  namespace: sideName(side),
});

/** With all its data: volumes go with the cluster, and what they keep is looked at once more. Only for what this lane has made. */
export const removeOpenBao = async (context: LaneContext, cluster: Cluster, side: PairSide): Promise<void> => {
  const { signal } = context;
  const namespace = sideName(side);
  const found = await getOwn(context, cluster, clusterRef(side));
  if (found !== undefined) {
    // An operator that was told to leave the cluster alone would leave it there as well.
    if (valueAt(found, 'spec', 'paused') === true) {
      await cluster.patch(clusterRef(side), { spec: { paused: null } }, { signal });
    }
    const restores = await cluster.list(operatorKinds.restores, { namespace, signal });
    for (const { metadata } of restores.filter((restore) => textAt(restore, 'spec', 'cluster') === sideName(side))) {
      await cluster.remove({ kind: operatorKinds.restores, name: metadata.name, namespace }, { signal });
    }
    await cluster.remove(clusterRef(side), { timeoutMs: 180_000, signal });
  }
  await cluster.remove(volumeOf(side), { timeoutMs: 120_000, signal });
};
