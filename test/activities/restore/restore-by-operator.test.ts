import { createHash } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Lanes } from '../../../activities/ports/lane.js';
import { createAcknowledgeRestore } from '../../../activities/restore/acknowledge-restore.js';
import {
  createRestoreByOperator,
  type RestoreByOperatorInput,
} from '../../../activities/restore/restore-by-operator.js';
import type { WatchRestoreOptions } from '../../../activities/restore/watch-restore.js';
import { operatorKinds } from '../../../systems/openbao-operator/objects.js';
import type { OperatorRestore, Snapshot } from '../../../domain/report/report.js';
import type { Cluster } from '../../../systems/kubernetes/cluster.js';
import type { OperatorStandIn } from '../../support/operator/in-memory.js';
import { startS3Server, type TestS3Server } from '../../support/servers/s3-server.js';
import { clustersOf, operatorOfSide, standInFor, targetWithOperator, type Work } from '../operator/operator-sites.js';
import { bucketOf, portsOver, runActivity } from '../support.js';

const content = 'not really a snapshot';
const snapshot: Snapshot = {
  key: 'openbaocluster-dr-source/openbaocluster-dr-source/2026-01-01T00-00-00Z-0a1b2c3d.snap',
  sizeBytes: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
  takenAt: '2026-01-01T00:00:00Z',
  index: 7,
};
const drillId = '20260304T091500Z-5f3a9c21';
const name = 'drill-20260304t091500z-5f3a9c21-1';
const ref = { kind: operatorKinds.restores, name, namespace: operatorOfSide('target').namespace };

let s3: TestS3Server;
let used: string[];
beforeAll(async () => {
  s3 = await startS3Server();
});
beforeEach(async () => {
  used = [];
  await s3.store.putText(snapshot.key, content);
});
afterAll(() => s3[Symbol.asyncDispose]());

const ports = (operator: OperatorStandIn) => ({
  clusters: clustersOf(operator),
  buckets: portsOver({ 's3-id': s3.access.accessKeyId, 's3-secret': s3.access.secretAccessKey }).buckets,
  lanes: {
    held: async () => ({
      target: {
        markUsed: async (drill: string) => {
          // Only while nothing has been asked for yet.
          if (operator.objects(operatorKinds.restores).length === 0) used.push(drill);
        },
      },
    }),
  } as unknown as Lanes,
});
const input = (change: Partial<RestoreByOperatorInput> = {}): RestoreByOperatorInput => ({
  lane: 'k3d',
  drillId,
  attempt: 1,
  target: targetWithOperator,
  source: bucketOf(s3.access, 's3-id', 's3-secret'),
  snapshot,
  ...change,
});
const run = (
  operator: OperatorStandIn,
  change: Partial<RestoreByOperatorInput> = {},
  options: WatchRestoreOptions = {},
): Promise<OperatorRestore> =>
  runActivity(
    createRestoreByOperator(ports(operator), { intervalMs: 10, goneAfterMs: 100, ...options }),
    input(change),
  );
const standIn = (work: Work = {}): OperatorStandIn => standInFor('target', work);
const specs = (operator: OperatorStandIn) => operator.objects(operatorKinds.restores).map((object) => object['spec']);

it('restores what was verified, and says when it began and ended', async () => {
  const restored: string[] = [];
  using operator = standIn({ restore: async (key) => void restored.push(key) });
  const done = await run(operator);
  expect(done).toMatchObject({ outcome: 'completed', name, forced: false, bound: [] });
  expect(done.message).toBe('Restore completed successfully');
  expect(Date.parse(done.startedAt)).toBeLessThanOrEqual(Date.parse(done.endedAt));
  expect(restored).toEqual([snapshot.key]);
  expect(used).toEqual([drillId]);
  expect(specs(operator)).toEqual([
    {
      cluster: 'openbaocluster-dr-target',
      jwtAuthRole: 'openbao-operator-restore',
      source: {
        key: snapshot.key,
        target: {
          provider: 's3',
          endpoint: 'http://rustfs.openbaocluster-dr-target.svc:19000',
          bucket: 'openbao-dr-backups',
          region: 'us-east-1',
          usePathStyle: true,
          credentialsSecretRef: { name: 'rustfs-secret' },
        },
      },
    },
  ]);
});

it('tells an operator that can check it digest, size, cluster and version, and says that it is held', async () => {
  using operator = standIn({ line: 'held' });
  const done = await run(operator, { sourceClusterId: 'c1', openbaoVersion: '2.7.2' });
  expect(done.outcome).toBe('held');
  expect(done.bound).toEqual(['expectedDigest', 'expectedSize', 'expectedClusterID', 'expectedVersion']);
  expect(specs(operator)).toMatchObject([
    {
      source: {
        expectedDigest: `sha256:${snapshot.sha256}`,
        expectedSize: snapshot.sizeBytes,
        expectedClusterID: 'c1',
        expectedVersion: '2.7.2',
      },
    },
  ]);
});

it('forces only when it is told to, and says so', async () => {
  using operator = standIn();
  expect(await run(operator, { force: true })).toMatchObject({ forced: true });
  expect(specs(operator)).toMatchObject([{ force: true }]);
});

it('finds the restore of an attempt that is repeated, and makes no second one', async () => {
  let restores = 0;
  using operator = standIn({ restore: async () => void (restores += 1) });
  const [first, again] = [await run(operator), await run(operator)];
  expect(again).toEqual(first);
  expect(restores).toBe(1);
  expect((await run(operator, { attempt: 2 })).uid).not.toBe(first.uid);
});

it('watches one that another worker has made in the same moment', async () => {
  using operator = standIn();
  const [one, other] = await Promise.all([run(operator), run(operator)]);
  expect(one.uid).toBe(other.uid);
});

it('refuses to watch a restore of its name that asks for something else', async () => {
  using operator = standIn();
  await run(operator);
  await s3.store.putText('another.snap', content);
  const other = { snapshot: { ...snapshot, key: 'another.snap' } };
  await expect(run(operator, other)).rejects.toMatchObject({ type: 'OperatorRestoreDiffers', retryable: false });
  await expect(run(operator, { force: true })).rejects.toMatchObject({ type: 'OperatorRestoreDiffers' });
});

it('asks for nothing when the object is not the snapshot that was taken', async () => {
  using operator = standIn();
  await s3.store.putText(snapshot.key, content.replace('not', 'now'));
  await expect(run(operator)).rejects.toMatchObject({ type: 'SnapshotChanged' });
  expect(used).toEqual([]);
  expect(operator.calls).toEqual([]);
});

it('does not trust a restore whose object was replaced after it was verified', async () => {
  using operator = standIn({ restore: () => s3.store.putText(snapshot.key, 'something else altogether') });
  await expect(run(operator)).rejects.toMatchObject({ type: 'SnapshotChanged', retryable: false });
});

it('does not trust it either when the attempt that had verified it is gone', async () => {
  using operator = standIn();
  await run(operator);
  await s3.store.putText(snapshot.key, 'something else altogether');
  await expect(run(operator)).rejects.toMatchObject({ type: 'SnapshotChanged' });
  expect(specs(operator)).toHaveLength(1);
});

it('quotes what the Job said before its pod was gone', async () => {
  using operator = standIn();
  operator.faults.restoreFails = 'bao-restore error: JWT auth request failed with status 400: no known key';
  const done = await run(operator);
  expect(done.outcome).toBe('failed');
  expect(done.message).toContain('Job has reached the specified backoff limit');
  expect(done.message).toContain('JWT auth request failed with status 400');
});

it('names what refused it: an admission policy, or missing permission', async () => {
  using operator = standIn();
  operator.faults.admission = 'Restore endpoint must use HTTPS';
  await expect(run(operator)).rejects.toThrow(/Restore endpoint must use HTTPS/);
  operator.faults.forbidden.add(`create ${operatorKinds.restores}`);
  await expect(run(operator)).rejects.toMatchObject({ type: 'KubernetesForbidden' });
  expect(specs(operator)).toEqual([]);
});

it('takes a restore back that waits for a lock which nobody releases', async () => {
  let restores = 0;
  using operator = standIn({ restore: async () => void (restores += 1) });
  operator.setLock({ operation: 'Backup', holder: 'openbaocluster/backup' });
  const failure = await run(operator, {}, { lockPatienceMs: 100 }).catch((error: unknown) => error);
  expect(failure).toMatchObject({ type: 'OperatorLockHeld', retryable: false });
  expect(String(failure)).toContain('is held by openbaocluster/backup for Backup');
  expect(String(failure)).toContain('was taken back');
  expect(specs(operator)).toEqual([]);
  operator.setLock(undefined);
  expect((await run(operator, { attempt: 2 })).outcome).toBe('completed');
  expect(restores).toBe(1);
});

it('waits for a lock that is released in time', async () => {
  using operator = standIn();
  operator.setLock({ operation: 'Backup', holder: 'openbaocluster/backup' });
  const running = run(operator);
  await expect
    .poll(() => operator.objects(operatorKinds.restores)[0]?.['status'])
    .toMatchObject({ phase: 'Validating' });
  operator.setLock(undefined);
  expect((await running).outcome).toBe('completed');
});

it('takes a restore back whose Job cannot start, and says why it cannot', async () => {
  using operator = standIn();
  operator.faults.podsWait = 'ImagePullBackOff';
  const failure = await run(operator, {}, { startPatienceMs: 100 }).catch((error: unknown) => error);
  expect(failure).toMatchObject({ type: 'OperatorJobStuck' });
  expect(String(failure)).toContain('ImagePullBackOff');
  expect(specs(operator)).toEqual([]);
});

it('takes a restore back that no operator takes up', async () => {
  using operator = standIn();
  operator.kill();
  const failure = await run(operator, {}, { startPatienceMs: 100 }).catch((error: unknown) => error);
  expect(failure).toMatchObject({ type: 'OperatorJobStuck' });
  expect(String(failure)).toContain('check that it runs');
  expect(specs(operator)).toEqual([]);
});

it('takes a restore back that has not begun when the drill is cancelled', async () => {
  using operator = standIn();
  operator.setLock({ operation: 'Backup', holder: 'openbaocluster/backup' });
  const environment = new MockActivityEnvironment();
  const running = environment.run(createRestoreByOperator(ports(operator), { intervalMs: 10 }), input());
  await expect.poll(() => operator.objects(operatorKinds.restores).length).toBe(1);
  environment.cancel();
  await expect(running).rejects.toThrow();
  expect(specs(operator)).toEqual([]);
});

it('leaves none behind when the drill is cancelled while it is made', async () => {
  using operator = standIn();
  operator.setLock({ operation: 'Backup', holder: 'openbaocluster/backup' });
  const environment = new MockActivityEnvironment();
  const original = { ...operator.cluster };
  Object.assign(operator.cluster, {
    create: async (...call: Parameters<Cluster['create']>) => {
      await original.create(...call);
      environment.cancel();
      throw new Error('kubectl was ended');
    },
  });
  await expect(
    environment.run(createRestoreByOperator(ports(operator), { intervalMs: 10 }), input()),
  ).rejects.toThrow();
  expect(operator.calls).toContain(`delete ${operatorKinds.restores} ${name}`);
  expect(specs(operator)).toEqual([]);
});

it('takes back what an earlier attempt left waiting before it asks again', async () => {
  let restores = 0;
  using operator = standIn({ restore: async () => void (restores += 1) });
  operator.setLock({ operation: 'Backup', holder: 'openbaocluster/backup' });
  const running = run(operator).catch((error: unknown) => error);
  await expect.poll(() => operator.objects(operatorKinds.restores).length).toBe(1);
  const second = run(operator, { attempt: 2 });
  expect(await running).toMatchObject({ type: 'OperatorRestoreGone' });
  operator.setLock(undefined);
  expect((await second).outcome).toBe('completed');
  expect(restores).toBe(1);
});

it('asks for nothing while a restore of an earlier attempt is under way', async () => {
  using operator = standIn({ restore: () => new Promise(() => undefined) });
  await run(operator, {}, { deadlineMs: 300 }).catch(() => undefined);
  await expect(run(operator, { attempt: 2 })).rejects.toMatchObject({
    type: 'OperatorRestoreUnfinished',
    retryable: false,
  });
  expect(specs(operator)).toHaveLength(1);
});

it('does not call a restore taken back whose Job began in the moment before it was gone', async () => {
  using operator = standIn({ restore: () => new Promise(() => undefined) });
  operator.setLock({ operation: 'Backup', holder: 'openbaocluster/backup' });
  const original = { ...operator.cluster };
  Object.assign(operator.cluster, {
    remove: async (...call: Parameters<Cluster['remove']>) => {
      operator.setLock(undefined);
      await expect.poll(() => operator.objects('pods').length, { interval: 5 }).toBe(1);
      await original.remove(...call);
    },
  });
  const failure = await run(operator, {}, { lockPatienceMs: 100 }).catch((error: unknown) => error);
  expect(failure).toMatchObject({ type: 'RestoreOutcomeUnknown' });
});

it('leaves a restore alone that has begun, and says that nobody knows what became of it', async () => {
  using operator = standIn({ restore: () => new Promise(() => undefined) });
  const failure = await run(operator, {}, { deadlineMs: 500 }).catch((error: unknown) => error);
  expect(failure).toMatchObject({ type: 'RestoreOutcomeUnknown', retryable: false });
  expect(String(failure)).toContain('the phase is Running');
  expect(specs(operator)).toHaveLength(1);
});

it('does not take a restore back that has run, though nothing is left of it but its Job', async () => {
  using operator = standIn();
  operator.faults.restoreFails = 'no';
  const environment = new MockActivityEnvironment();
  const running = environment.run(createRestoreByOperator(ports(operator), { intervalMs: 10 }), input());
  await expect.poll(() => operator.objects('pods').length, { interval: 5 }).toBe(1);
  operator.kill();
  await expect.poll(() => operator.objects('pods').length).toBe(0);
  const again = await run(operator, {}, { startPatienceMs: 100, deadlineMs: 500 }).catch((error: unknown) => error);
  expect(again).toMatchObject({ type: 'RestoreOutcomeUnknown' });
  environment.cancel();
  await expect(running).rejects.toThrow();
  expect(specs(operator)).toHaveLength(1);
});

it('goes on when the pod of the operator is replaced in the middle', async () => {
  using operator = standIn({
    restore: async () => {
      operator.kill();
      setTimeout(() => operator.revive(), 200);
    },
  });
  expect((await run(operator)).outcome).toBe('completed');
});

it('says so when somebody removes the resource while it is watched', async () => {
  using operator = standIn({ restore: () => operator.cluster.remove(ref) });
  await expect(run(operator)).rejects.toMatchObject({ type: 'OperatorRestoreGone' });
});

it('goes on when the API server has just started, and does not know restores for a moment', async () => {
  let ran: number | undefined;
  using operator = standIn({ restore: async () => void (ran = Date.now()) });
  const original = { ...operator.cluster };
  Object.assign(operator.cluster, {
    get: async (...call: Parameters<Cluster['get']>) =>
      call[0].kind === operatorKinds.restores && ran !== undefined && Date.now() - ran < 200
        ? undefined
        : original.get(...call),
  });
  expect((await run(operator, {}, { goneAfterMs: 2_000 })).outcome).toBe('completed');
  expect(ran).toBeDefined();
});

it('says so when somebody changes what the resource asks for', async () => {
  using operator = standIn();
  operator.setLock({ operation: 'Backup', holder: 'openbaocluster/backup' });
  const running = run(operator).catch((error: unknown) => error);
  await expect.poll(() => operator.objects(operatorKinds.restores).length).toBe(1);
  operator.change(ref, (object) => {
    object['spec'] = { ...(object['spec'] as object), force: true };
  });
  expect(await running).toMatchObject({ type: 'OperatorRestoreDiffers' });
});

it('releases a held restore, of this uid alone', async () => {
  let canLogIn = false;
  using operator = standIn({ line: 'held', canLogIn: async () => canLogIn });
  const { uid } = await run(operator);
  const acknowledge = (change: object = {}, deadlineMs = 10_000) =>
    runActivity(createAcknowledgeRestore({ clusters: clustersOf(operator) }, { intervalMs: 10, deadlineMs }), {
      target: targetWithOperator,
      name,
      uid,
      ...change,
    });

  await expect(acknowledge({ uid: 'another' })).rejects.toMatchObject({ type: 'OperatorRestoreGone' });
  const blocked = await acknowledge({}, 300).catch((error: unknown) => error);
  expect(blocked).toMatchObject({ type: 'RestoreNotReleased', retryable: false });
  expect(String(blocked)).toContain('OperatorAccessUnavailable');
  canLogIn = true;
  expect(await acknowledge()).toEqual({ message: 'the cluster is released' });
  expect(await acknowledge()).toEqual({ message: 'the cluster is released' });
});

it('has nothing to release where the operator holds nothing', async () => {
  using operator = standIn();
  const { uid, message } = await run(operator);
  const acknowledge = createAcknowledgeRestore({ clusters: clustersOf(operator) });
  expect(await runActivity(acknowledge, { target: targetWithOperator, name, uid })).toEqual({ message });
});
