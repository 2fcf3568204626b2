/** Infra's OpenBao, which serves Transit to both sides: initialised and set up through its edge; its root token is revoked. */
import { randomBytes } from 'node:crypto';
import { KnownFailure } from '../../../../domain/known-failure.js';
import { textAt } from '../../../../domain/fields.js';
import { baseline } from '../../../../domain/pair/topology.js';
import type { Cluster, KubernetesObject } from '../../../../systems/kubernetes/cluster.js';
import { awaiting } from '../../../../systems/openbao/api/awaited-server.js';
import { createOpenBao, type OpenBao } from '../../../../systems/openbao/api/client.js';
import { createCertificateAuthority } from '../../../../systems/tls/certificate-authority.js';
import { waitUntil } from '../../../../systems/waiting/wait-until.js';
import { materialRef } from '../../made/lane-materials.js';
import { setUpInfra } from '../../made/set-up/set-up-infra.js';
import { renderAsset } from '../objects/assets.js';
import { awaitObject } from '../objects/await-object.js';
import { edgeFromHere } from '../sides/edges.js';
import { clusterOf, currentRecord, type LaneContext, noteOfPart } from '../lane-context.js';
import { backendService, edgeNamespace, infraNamespace, secrets } from '../names.js';
import { imageOf } from '../machine/images.js';
import { applyOwn, getOwn } from '../objects/own-objects.js';

const certificateDays = 90;
const { hosts, clusterNames, sealKey } = baseline;
const workload = { namespace: infraNamespace, selector: 'app.kubernetes.io/name=openbao' } as const;
const statefulSet = { kind: 'statefulsets.apps', name: 'openbao', namespace: infraNamespace } as const;
const volume = { kind: 'persistentvolumeclaims', name: 'data-openbao-0', namespace: infraNamespace } as const;
const sealSecret = { kind: 'secrets', name: secrets.infraSeal, namespace: infraNamespace } as const;
const tlsSecret = { kind: 'secrets', name: secrets.infraTls, namespace: infraNamespace } as const;

/**
 * A server whose set-up was cut short is made anew, as its root token is gone: nothing half-made is ever adopted.
 *
 * @throws KnownFailure `SealKeyLost`: the key that opens infra's data is not in the cluster any more.
 */
export const makeTransit = async (context: LaneContext): Promise<void> => {
  const { recordFile, progress, signal } = context;
  const cluster = await clusterOf(context, 'infra');
  const isReady = (await currentRecord(context)).ready.includes('infra');
  const found = await getOwn(context, cluster, { kind: 'namespaces', name: infraNamespace });
  if (isReady && (found === undefined || (await cluster.get(sealSecret, { signal })) === undefined)) {
    throw sealKeyLost(context.lane, cluster);
  }
  await recordFile.update(noteOfPart('transit', 'making'));
  if (!isReady && found !== undefined) {
    await cluster.remove(statefulSet, { signal });
    await cluster.remove(volume, { signal });
  }
  await run(context, cluster, isReady);
  const openbao = await connect(context);
  if (isReady) await unsealedAgain(context, cluster, openbao);
  else await setUp(context, openbao);
  await recordFile.update(noteOfPart('transit', 'made'));
  progress(`infra: ${isReady ? 'found' : 'initialised, set up, root token revoked'}`);
};

/** Applies what there has to be, and waits until the server can be asked. */
const run = async (context: LaneContext, cluster: Cluster, isReady: boolean): Promise<void> => {
  const manifest = await renderAsset('infra-openbao', {
    NAMESPACE: infraNamespace,
    CLUSTER_NAME: clusterNames.infra,
    OPENBAO_IMAGE: imageOf('openbao', context.options),
  });
  const isNamespace = ({ kind }: KubernetesObject): boolean => kind === 'Namespace';
  await applyOwn(context, cluster, manifest.filter(isNamespace));
  const kept = await ensureSecrets(context, cluster, isReady);
  await applyOwn(
    context,
    cluster,
    manifest.filter((object) => !isNamespace(object)),
  );
  const service = await cluster.get(
    { kind: 'services', name: backendService.infra, namespace: infraNamespace },
    { signal: context.signal },
  );
  const route = await renderAsset('infra-route', {
    EDGE_NAMESPACE: edgeNamespace,
    INFRA_HOST: hosts.infra,
    BACKEND_ADDRESS: textAt(service, 'spec', 'clusterIP') ?? '',
  });
  await applyOwn(context, cluster, route);
  if (!kept && isReady) await restart(context, cluster);
  await awaitObject(
    cluster,
    {
      ref: { kind: 'pods', name: 'openbao-0', namespace: infraNamespace },
      what: "infra's OpenBao to run",
      // Not ready before it is initialised, which comes next.
      read: (pod) => (textAt(pod, 'status', 'phase') === 'Running' ? true : undefined),
      workload,
      timeoutMs: 300_000,
    },
    context,
  );
};

/**
 * The certificate, by an authority that is gone once it has issued it, and the key that opens infra's data. Neither is ever
 * on this machine's disk: only in the cluster.
 *
 * @returns whether the certificate is the one that was there.
 */
const ensureSecrets = async (context: LaneContext, cluster: Cluster, isReady: boolean): Promise<boolean> => {
  const { lane, materials, signal } = context;
  const [tls, seal] = await Promise.all([cluster.get(tlsSecret, { signal }), cluster.get(sealSecret, { signal })]);
  if (seal === undefined || !isReady) {
    const fresh = secret(secrets.infraSeal, { 'unseal.key': randomBytes(32) });
    await applyOwn(context, cluster, [fresh]);
  }
  const ca = textAt(tls, 'data', 'ca.crt');
  const known = await materials.read(materialRef(lane, 'ca')).catch(() => undefined);
  if (ca !== undefined && known !== undefined && Buffer.from(ca, 'base64').toString() === known) return true;
  const authority = await createCertificateAuthority({
    commonName: `openbao-dr lane ${lane}`,
    validDays: certificateDays,
  });
  const issued = await authority.issue({
    commonName: hosts.infra,
    dnsNames: [hosts.infra],
    ipAddresses: ['127.0.0.1'],
    validDays: certificateDays,
  });
  const fresh = secret(secrets.infraTls, {
    'tls.crt': issued.certificatePem,
    'tls.key': issued.keyPem,
    'ca.crt': authority.certificatePem,
  });
  await applyOwn(context, cluster, [fresh]);
  await materials.write(materialRef(lane, 'ca'), authority.certificatePem);
  return false;
};

const secret = (name: string, data: Readonly<Record<string, string | Buffer>>): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: infraNamespace, labels: { 'app.kubernetes.io/part-of': 'openbao-dr' } },
  type: 'Opaque',
  data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
});

const connect = async (context: LaneContext): Promise<OpenBao> =>
  createOpenBao({
    address: await edgeFromHere(context, 'infra'),
    serverName: hosts.infra,
    caPem: await context.materials.read(materialRef(context.lane, 'ca')),
  });

const setUp = async (context: LaneContext, openbao: OpenBao): Promise<void> => {
  const { lane, materials, options, paths, recordFile, signal } = context;
  await answering(context, openbao);
  const { rootToken } = await openbao.initialize({ recoveryShares: 1, recoveryThreshold: 1 }, { signal });
  await active(context, openbao);
  const root = openbao.useToken(rootToken);
  await setUpInfra(
    {
      lane,
      materials,
      sealKeys: { source: sealKey, target: options.targetSealKey },
      evidenceKeys: paths.evidenceKeys,
    },
    root,
  );
  await root.revokeSelf();
  await recordFile.update((record) => {
    record.ready = [...record.ready, 'infra'];
  });
};

/** One that was sealed by hand, say, opens again when it starts. */
const unsealedAgain = async (context: LaneContext, cluster: Cluster, openbao: OpenBao): Promise<void> => {
  await answering(context, openbao);
  if ((await openbao.health({ signal: context.signal })).sealed === true) {
    context.progress('infra: sealed, restarted');
    await restart(context, cluster);
  }
  await active(context, openbao);
};

const restart = (context: LaneContext, cluster: Cluster): Promise<void> =>
  cluster.remove({ kind: 'pods', name: 'openbao-0', namespace: infraNamespace }, { signal: context.signal });

const answering = ({ signal }: LaneContext, openbao: OpenBao): Promise<true> =>
  waitUntil(
    awaiting(async () => (await openbao.health({ signal })).status > 0 || undefined),
    {
      what: "infra's OpenBao to answer through its edge",
      timeoutMs: 120_000,
      intervalMs: 250,
      signal,
    },
  );

const active = ({ signal }: LaneContext, openbao: OpenBao): Promise<true> =>
  waitUntil(
    awaiting(async () => (await openbao.health({ signal })).status === 200 || undefined),
    {
      what: "infra's OpenBao to be unsealed and active",
      timeoutMs: 120_000,
      intervalMs: 250,
      signal,
    },
  );

const sealKeyLost = (lane: string, cluster: Cluster): KnownFailure =>
  new KnownFailure(
    'SealKeyLost',
    `Infra's OpenBao, or the Secret ${secrets.infraSeal} with the key that opens its data, is gone from the cluster: take the lane down with "openbao-dr down ${lane}"`,
    { facts: { context: cluster.context, namespace: infraNamespace } },
  );
