import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Cluster } from '../../../../systems/kubernetes/cluster.js';
import { createFakeKubernetes, type FakeKubernetes } from './fake-kubernetes.js';
import { releaseBackupLock } from '../../../../infra/lanes/k3d/parts/release-backup-lock.js';
import type { LaneContext } from '../../../../infra/lanes/k3d/lane-context.js';
import { laneLabel } from '../../../../infra/lanes/k3d/objects/own-objects.js';
import { adoptingOptions, createTestK3dLane, type TestK3dLane } from './test-lane.js';

const kind = 'openbaoclusters.openbao.org';
const name = 'openbaocluster-dr-target';
const metadata = { name, namespace: name };
const object = { apiVersion: 'openbao.org/v1alpha1', kind: 'OpenBaoCluster', metadata };

describe('the OpenBao of a side', () => {
  let test: TestK3dLane;
  beforeEach(async () => {
    test = await createTestK3dLane(adoptingOptions);
    await test.make('network');
  });
  afterEach(() => test[Symbol.asyncDispose]());

  it('of somebody else is neither taken over nor removed', async () => {
    test.kubernetes.target.put(kind, object);
    await expect(test.make('openbao-target')).rejects.toMatchObject({ type: 'LaneObjectsTaken' });
    expect(test.kubernetes.target.get({ kind, ...metadata })).toBeDefined();
  });

  const volume = { kind: 'persistentvolumeclaims', name: `data-${name}-0`, namespace: name };
  const claim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: volume.name, namespace: name },
  };

  it('is not made on the volume that somebody has kept of another', async () => {
    test.kubernetes.target.put(volume.kind, claim);
    await expect(test.make('openbao-target')).rejects.toMatchObject({
      type: 'LaneObjectsTaken',
      message: expect.stringContaining(volume.name) as string,
    });
    expect(test.kubernetes.target.get(volume)).toBeDefined();
    expect((await test.record()).parts).not.toHaveProperty('openbao-target');
  });

  it('keeps its data when the API server does not show its resource while its pods are there', async () => {
    test.kubernetes.target.put(volume.kind, claim);
    test.kubernetes.target.put('statefulsets.apps', { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata });
    await test.change((record) => Object.assign(record, { ready: ['target'], parts: { 'openbao-target': 'made' } }));
    await expect(test.make('openbao-target')).rejects.toMatchObject({ type: 'OpenBaoClusterGone', retryable: true });
    expect(test.kubernetes.target.get(volume)).toBeDefined();
    expect((await test.record()).ready).toEqual(['target']);
  });

  it('is not built anew while clients are on it', async () => {
    const { id } = await test.record();
    test.kubernetes.target.put(kind, { ...object, metadata: { ...metadata, labels: { [laneLabel]: id } } });
    await test.change((record) => Object.assign(record, { ready: ['target'], clientsAt: 'target', targetUsedBy: 'a' }));
    const request = test.request({ freshTarget: true });
    await expect(test.lane.parts!.make('openbao-target', request, () => undefined)).rejects.toMatchObject({
      type: 'TargetServesClients',
    });
    expect(test.kubernetes.target.get({ kind, ...metadata })).toBeDefined();
  });
});

describe('the lock of a backup that is over', () => {
  const job = 'backup-openbaocluster-dr-target-20261125-143945';
  let kubernetes: FakeKubernetes;
  const said: string[] = [];
  const release = (): Promise<void> =>
    releaseBackupLock(
      { progress: (line: string) => said.push(line), signal: new AbortController().signal } as unknown as LaneContext,
      kubernetes.cluster,
      'target',
    );
  const lock = (acquiredAt: string) => ({
    ...object,
    status: {
      backup: { lastBackupName: 'a' },
      operationLock: { operation: 'Backup', holder: 'openbaocluster/backup', acquiredAt, message: `backup job ${job}` },
    },
  });
  const putJob = (status: object): void =>
    kubernetes.put('jobs.batch', {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: {
        name: job,
        namespace: name,
        labels: { 'openbao.org/cluster': name, 'openbao.org/component': 'backup' },
      },
      status,
    });
  const released = (): boolean => kubernetes.calls.includes(`patch ${kind} ${name}`);

  beforeEach(() => {
    said.splice(0);
    kubernetes = createFakeKubernetes();
    // What the operator does when its status is gone.
    const original = { ...kubernetes.cluster };
    Object.assign(kubernetes.cluster, {
      patch: async (...call: Parameters<Cluster['patch']>) => {
        expect(call[1]).toEqual([{ op: 'remove', path: '/status/backup' }]);
        expect(call[2]).toMatchObject({ type: 'json', subresource: 'status' });
        return original.patch(call[0], { status: { operationLock: null } });
      },
    });
  });

  it('is released when its Job is complete', async () => {
    kubernetes.put(kind, lock(new Date().toISOString()));
    putJob({ succeeded: 1, conditions: [{ type: 'Complete', status: 'True' }] });
    await release();
    expect(released()).toBe(true);
    expect(said).toEqual(['target: a backup that is over still holds the lock, which is released']);
  });

  it('is released when it is old and no Job is left', async () => {
    kubernetes.put(kind, lock('2026-01-01T00:00:00Z'));
    await release();
    expect(released()).toBe(true);
  });

  it('stays while a Job runs', async () => {
    kubernetes.put(kind, lock('2026-01-01T00:00:00Z'));
    putJob({ active: 1 });
    await release();
    expect(released()).toBe(false);
  });

  it('stays while it may still go away by itself', async () => {
    kubernetes.put(kind, lock(new Date().toISOString()));
    await release();
    expect(released()).toBe(false);
  });
});
