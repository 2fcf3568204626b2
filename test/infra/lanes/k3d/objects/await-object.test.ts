import { describe, expect, it } from 'vitest';
import { conditionOf } from '../../../../../systems/openbao-operator/objects.js';
import { awaitObject, type AwaitedObject } from '../../../../../infra/lanes/k3d/objects/await-object.js';
import { createFakeKubernetes } from '../fake-kubernetes.js';

const ref = { kind: 'deployments.apps', name: 'edge', namespace: 'here' };
const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'edge', namespace: 'here', labels: { app: 'edge' } },
  spec: { replicas: 1 },
};
const available: AwaitedObject<true> = {
  ref,
  what: 'the edge to be available',
  read: (object) => (conditionOf(object, 'Available')?.status === 'True' ? true : undefined),
  workload: { namespace: 'here', selector: 'app=edge' },
  timeoutMs: 10_000,
  lookMs: 10,
  patienceMs: 50,
};
const signal = new AbortController().signal;

describe('waiting for an object', () => {
  it('ends with what was waited for', async () => {
    const { cluster, put } = createFakeKubernetes();
    put('deployments.apps', deployment);
    expect(await awaitObject(cluster, available, { progress: () => undefined, signal })).toBe(true);
  });

  it('tells an obstacle once, and gives up on one that stands, quoting it', async () => {
    const said: string[] = [];
    const kubernetes = createFakeKubernetes();
    kubernetes.podsWait.set('edge', { reason: 'ErrImagePull', message: 'no route to registry' });
    kubernetes.put('deployments.apps', deployment);
    const waiting = awaitObject(kubernetes.cluster, available, { progress: (line) => said.push(line), signal });
    await expect(waiting).rejects.toMatchObject({
      type: 'WorkloadNotReady',
      retryable: false,
      message: expect.stringContaining('no route to registry') as string,
    });
    expect(said).toEqual([expect.stringContaining('ErrImagePull')]);
  });

  it('gives up on one whose words change by turns', async () => {
    const kubernetes = createFakeKubernetes();
    kubernetes.podsWait.set('edge', { reason: 'ErrImagePull', message: 'no route to registry' });
    kubernetes.put('deployments.apps', deployment);
    let looks = 0;
    const change = setInterval(() => {
      looks += 1;
      const reason = looks % 2 === 0 ? 'ErrImagePull' : 'ImagePullBackOff';
      kubernetes.podsWait.set('edge', { reason, message: 'no route to registry' });
      kubernetes.put('deployments.apps', {
        ...deployment,
        metadata: { ...deployment.metadata, annotations: { looks: `${looks}` } },
      });
    }, 5);
    try {
      const waiting = awaitObject(kubernetes.cluster, available, { progress: () => undefined, signal });
      await expect(waiting).rejects.toMatchObject({ type: 'WorkloadNotReady' });
    } finally {
      clearInterval(change);
    }
  });

  it('quotes what the object says of itself when time is over', async () => {
    const { cluster, put } = createFakeKubernetes();
    put('deployments.apps', { ...deployment, spec: { replicas: 0 } });
    const never: AwaitedObject<true> = {
      ref,
      what: 'something else',
      read: () => undefined,
      describe: () => 'the edge has other plans',
      timeoutMs: 60,
    };
    await expect(awaitObject(cluster, never, { progress: () => undefined, signal })).rejects.toMatchObject({
      type: 'TimedOut',
      retryable: true,
      message: expect.stringContaining('the edge has other plans') as string,
    });
  });

  it('ends at once when it is called off', async () => {
    const { cluster } = createFakeKubernetes();
    const over = new AbortController();
    const waiting = awaitObject(cluster, available, { progress: () => undefined, signal: over.signal });
    over.abort(new Error('called off'));
    await expect(waiting).rejects.toThrow('called off');
  });
});
