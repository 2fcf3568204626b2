/** What a side's OpenBao needs before it starts: its namespace, its seal's token, the bucket's keys, the way to the bucket. */
import type { PairSide } from '../../../../domain/pair/topology.js';
import type { Cluster, KubernetesObject } from '../../../../systems/kubernetes/cluster.js';
import { bucketMaterials } from '../../made/lane-bucket.js';
import { type LaneMaterial, materialRef, sealTokenOf } from '../../made/lane-materials.js';
import { renderAsset } from '../objects/assets.js';
import { clusterOf, currentRecord, type LaneContext, noteOfPart } from '../lane-context.js';
import { storageForPods } from './make-storage.js';
import { secrets, sideName } from '../names.js';
import { applyOwn, ensureNamespace } from '../objects/own-objects.js';

export const makeSecrets = async (context: LaneContext, side: PairSide): Promise<void> => {
  const { recordFile, progress, signal } = context;
  const cluster = await clusterOf(context, side);
  const namespace = sideName(side);
  const { storage } = await currentRecord(context);
  await recordFile.update(noteOfPart(`secrets-${side}`, 'making'));
  await ensureSideNamespace(context, cluster, side);
  const ref = { kind: 'secrets', name: secrets.transit, namespace };
  const before = await cluster.get(ref, { signal });
  const [accessKey, secretKey] = bucketMaterials(storage, side);
  const sealToken = sealTokenOf[side];
  const { address, port } = await storageForPods(context);
  const [transit] = await applyOwn(context, cluster, [
    await secretOf(context, namespace, secrets.transit, { token: sealToken, 'ca.crt': 'ca' }),
    await secretOf(context, namespace, secrets.storage, { accessKeyId: accessKey, secretAccessKey: secretKey }),
    ...(await renderAsset('storage', { NAMESPACE: namespace, STORAGE_ADDRESS: address, STORAGE_PORT: port })),
  ]);
  await recordFile.update(noteOfPart(`secrets-${side}`, 'made'));
  const same = before?.metadata.resourceVersion === transit?.metadata.resourceVersion;
  progress(`secrets ${side}: ${before === undefined ? 'made' : same ? 'found' : 'brought up to date'}`);
};

/** Where the operator of a side is there already, so is this: it was installed for it. */
export const ensureSideNamespace = async (context: LaneContext, cluster: Cluster, side: PairSide): Promise<void> => {
  for (const namespace of await renderAsset('site-namespace', { NAMESPACE: sideName(side) })) {
    await ensureNamespace(context, cluster, namespace);
  }
};

const secretOf = async (
  { lane, materials }: LaneContext,
  namespace: string,
  name: string,
  data: Readonly<Record<string, LaneMaterial>>,
): Promise<KubernetesObject> => {
  const entries = await Promise.all(
    Object.entries(data).map(async ([key, material]) => {
      const value = await materials.read(materialRef(lane, material));
      return [key, Buffer.from(value).toString('base64')] as const;
    }),
  );
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, labels: { 'app.kubernetes.io/part-of': 'openbao-dr' } },
    type: 'Opaque',
    data: Object.fromEntries(entries),
  };
};
