import { describe, expect, it } from 'vitest';
import { KnownFailure } from '../../../../domain/known-failure.js';
import { createKubernetesSource } from '../../../../infra/connect/references/kubernetes.js';
import { createOpenSecretCluster } from '../../../../infra/connect/secret-cluster.js';
import type { SecretSource } from '../../../../infra/connect/references/secret-source.js';
import { type FoundTool } from '../../../../systems/tools/index.js';
import { recorder } from '../../../support/recorder.js';

const secret = (data: Readonly<Record<string, string>>) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 's3', namespace: 'backup' },
  data: Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'latin1').toString('base64')]),
  ),
});

const overKubectl = async (stdout: string, context?: string) => {
  const { file, folder, calls } = await recorder({ stdout });
  const kubectl: FoundTool = { tool: 'kubectl', path: file, version: '1.36.4', source: 'path' };
  const environment = { PATH: process.env['PATH'], KUBECONFIG: '/home/ann/kubeconfig' };
  const open = createOpenSecretCluster({ tools: { ensure: async () => kubectl }, environment, folder });
  return { source: createKubernetesSource(() => open({ context })), calls };
};

describe('k8s:', () => {
  it('is a key of a Secret, asked of the cluster that the plan names', async () => {
    const { source, calls } = await overKubectl(JSON.stringify(secret({ key: 'hunter2\n' })), 'production');
    expect(await source.read('k8s:backup/s3#key')).toBe('hunter2');
    const [call] = await calls();
    expect(call?.args.slice(0, 2)).toEqual(['--context', 'production']);
    expect(call?.args).toEqual(expect.arrayContaining(['get', 'secrets', 's3', '--namespace', 'backup']));
    expect(call?.env['KUBECONFIG']).toBe('/home/ann/kubeconfig');
  });

  it("is asked of the kubeconfig's current context where the plan names none", async () => {
    const { source, calls } = await overKubectl(JSON.stringify(secret({ key: 'hunter2' })));
    await source.read('k8s:backup/s3#key');
    expect((await calls())[0]?.args).not.toContain('--context');
  });

  const over = (object: unknown): SecretSource =>
    createKubernetesSource(async () => ({ get: async () => object as never }));

  it.each([
    ['no such Secret', undefined, 'SecretMissing', 'has no such Secret in this namespace'],
    ['another key', secret({ other: 'hunter2' }), 'SecretMissing', 'the Secret has other keys than key'],
    ['an empty key', secret({ key: '' }), 'SecretUnusable', 'the key is empty, or not text'],
    ['a binary key', secret({ key: 'hunter2\xff\xfe' }), 'SecretUnusable', 'the key is empty, or not text'],
    ['a key too large', secret({ key: 'x'.repeat(1024 * 1024 + 1) }), 'SecretUnusable', 'the key is too large'],
  ])('says so where there is %s', async (_, object, type, why) => {
    const failure: unknown = await over(object)
      .read('k8s:backup/s3#key')
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ type, message: expect.stringContaining(why) as string });
    expect(String(failure)).toContain('k8s:backup/s3#key');
    expect(String(failure)).not.toContain('hunter2');
  });

  it('fails as the cluster does', async () => {
    const source = createKubernetesSource(() =>
      Promise.reject(new KnownFailure('KubernetesUnreachable', 'away', { retryable: true })),
    );
    await expect(source.read('k8s:backup/s3#key')).rejects.toMatchObject({ type: 'KubernetesUnreachable' });
  });
});
