import { textAt, valueAt } from '../../../domain/fields.js';
import type { Cluster } from '../../../systems/kubernetes/cluster.js';
import { fieldOf, mostSecretBytes, secretMissing, type SecretSource, secretUnusable } from './secret-source.js';

/** `k8s:namespace/secret#key`: asked of the API server anew each time, so that a rotated Secret is the one that is used. */
export const createKubernetesSource = (openCluster: () => Promise<Pick<Cluster, 'get'>>): SecretSource => ({
  async read(ref) {
    const { path, field } = fieldOf(ref);
    const [namespace = '', name = ''] = path.split('/');
    const cluster = await openCluster();
    const secret = await cluster.get({ kind: 'secrets', name, namespace });
    if (secret === undefined) throw secretMissing(ref, 'the cluster has no such Secret in this namespace');
    if (valueAt(secret, 'data', field) === undefined) {
      throw secretMissing(ref, `the Secret has other keys than ${field}`);
    }
    const bytes = Buffer.from(textAt(secret, 'data', field) ?? '', 'base64');
    if (bytes.length > mostSecretBytes) throw secretUnusable(ref, 'the key is too large');
    const value = bytes.toString('utf8').replace(/\r?\n$/, '');
    if (value.trim() === '' || value.includes('\0') || value.includes('\uFFFD')) {
      throw secretUnusable(ref, 'the key is empty, or not text in UTF-8');
    }
    return value;
  },
});
