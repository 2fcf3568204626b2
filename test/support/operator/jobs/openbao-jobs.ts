/**
 * What the operator's Jobs do, on a real OpenBao and a real bucket: they log in with a token of their own account, and read the
 * bucket's keys from the Secret that they are told. Nothing of it comes from the drill but what is in the cluster's objects.
 */
import { textAt, valueAt } from '../../../../domain/fields.js';
import { baseline } from '../../../../domain/pair/topology.js';
import type { Cluster } from '../../../../systems/kubernetes/cluster.js';
import { createObjectStore, type ObjectStore } from '../../../../systems/object-store/client.js';
import type { OpenBao, OpenBaoSession } from '../../../../systems/openbao/api/client.js';
import { verifyContent } from '../../../../systems/openbao/transfer/expected-content.js';
import type { JobProgram, JobRequest } from './jobs.js';
import { operatorAccount } from '../trust.js';

export interface OpenBaoJobs {
  /** As an administrator of the side's cluster. */
  readonly cluster: Cluster;
  /** The side's server. */
  readonly openbao: () => Promise<OpenBao>;
}

export const openbaoJobs =
  ({ cluster, openbao }: OpenBaoJobs): JobProgram =>
  async (request, say) => {
    const { component, key, role = '', namespace, serviceAccount } = request;
    say(`bao-${component}: ${key}`);
    const store = await openStore(cluster, request);
    try {
      const session = await logIn(cluster, await openbao(), { role, namespace, serviceAccount });
      say(`logged in with role ${role}`);
      if (component === 'backup') await store.upload({ key, body: await session.downloadSnapshot() });
      else await restore(store, session, request);
      say('done');
    } catch (error) {
      throw new Error(`bao-${component} error: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    } finally {
      store.close();
    }
  };

const restore = async (store: ObjectStore, session: OpenBaoSession, { key, expected = {} }: JobRequest) => {
  const head = await store.head(key);
  if (head === undefined) throw new Error(`snapshot not found: ${key}`);
  const digest = textAt(expected, 'expectedDigest');
  if (digest !== undefined) {
    // Before anything is submitted. Cluster and version are not looked at.
    const sizeBytes = Number(expected['expectedSize'] ?? head.sizeBytes);
    const { body } = await store.download({ key });
    await verifyContent(body, { sizeBytes, sha256: digest.replace(/^sha256:/, '') });
  }
  const { body, sizeBytes } = await store.download({ key, etag: head.etag });
  await session.restoreSnapshot({ body, sizeBytes });
};

const openStore = async (cluster: Cluster, { namespace, storage }: JobRequest): Promise<ObjectStore> => {
  const name = textAt(storage, 'credentialsSecretRef', 'name') ?? '';
  const secret = await cluster.get({ kind: 'secrets', name, namespace });
  const keyIn = (member: string): string =>
    Buffer.from(textAt(secret, 'data', member) ?? '', 'base64').toString('utf8');
  return createObjectStore({
    endpoint: textAt(storage, 'endpoint') ?? '',
    region: textAt(storage, 'region') ?? '',
    bucket: textAt(storage, 'bucket') ?? '',
    forcePathStyle: valueAt(storage, 'usePathStyle') === true,
    accessKeyId: keyIn('accessKeyId'),
    secretAccessKey: keyIn('secretAccessKey'),
  });
};

const logIn = async (
  cluster: Cluster,
  openbao: OpenBao,
  { role, namespace, serviceAccount }: { role: string; namespace: string; serviceAccount: string },
): Promise<OpenBaoSession> => {
  const audience = baseline.operatorAudience;
  const jwt = await cluster.createToken({ serviceAccount, namespace, audience, seconds: 600 });
  try {
    return await openbao.loginWithJwt({ mountPath: baseline.operatorMount, role, jwt });
  } catch (error) {
    throw new Error(
      `failed to authenticate using JWT Auth: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    );
  }
};

/** Whether the operator itself can log in there, with a token of its own account. */
export const operatorCanLogIn = async ({ cluster, openbao }: OpenBaoJobs): Promise<boolean> => {
  const { role, namespace, name: serviceAccount } = operatorAccount;
  try {
    const session = await logIn(cluster, await openbao(), { role, namespace, serviceAccount });
    await session.revokeSelf().catch(() => undefined);
    return true;
  } catch {
    return false;
  }
};
