import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer, json } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createBackUpByOperator, type OperatorBackupOptions } from '../../../activities/backup/back-up-by-operator.js';
import { createSettleOperatorBackup } from '../../../activities/backup/settle-operator-backup.js';
import type { TakenSnapshot } from '../../../activities/backup/take-snapshot.js';
import type { Buckets } from '../../../activities/ports/buckets.js';
import type { Check } from '../../../domain/run/checks.js';
import { operatorKinds } from '../../../systems/openbao-operator/objects.js';
import { startOpenBaoServer, type TestOpenBaoServer } from '../../support/servers/openbao-server.js';
import type { OperatorStandIn } from '../../support/operator/in-memory.js';
import { startS3Server, type TestS3Server } from '../../support/servers/s3-server.js';
import { clustersOf, operatorOfSide, sourceWithOperator, standInFor, type Work } from '../operator/operator-sites.js';
import { bucketOf, portsOver, runActivity } from '../support.js';

let bao: TestOpenBaoServer;
let s3: TestS3Server;
let buckets: Buckets;

beforeAll(async () => {
  const may = (...actions: ('Read' | 'List' | 'Write')[]) => ({ bucket: 'test-bucket', actions });
  [bao, s3] = await Promise.all([
    startOpenBaoServer('source'),
    startS3Server('seaweed', [
      { name: 'writer', accessKeyId: 'writer-id', secretAccessKey: 'writer-secret', may: may('Read', 'List', 'Write') },
      { name: 'reader', accessKeyId: 'reader-id', secretAccessKey: 'reader-secret', may: may('Read', 'List') },
    ]),
  ]);
  const names = ['writer-id', 'writer-secret', 'reader-id', 'reader-secret'];
  ({ buckets } = portsOver(Object.fromEntries(names.map((name) => [name, name]))));
});
afterAll(async () => {
  await s3[Symbol.asyncDispose]();
  await bao[Symbol.asyncDispose]();
});

/** What the operator's Job does. */
const backUp = async (key: string): Promise<void> => {
  await s3.store.upload({ key, body: await bao.root.downloadSnapshot() });
};
const bucketAs = (identity: 'writer' | 'reader') => bucketOf(s3.access, `${identity}-id`, `${identity}-secret`);
const standIn = (work: Work = {}): OperatorStandIn => standInFor('source', { backUp, ...work });

const run = (
  operator: OperatorStandIn,
  options: OperatorBackupOptions = {},
  identity: 'writer' | 'reader' = 'writer',
): Promise<TakenSnapshot> =>
  runActivity(createBackUpByOperator({ clusters: clustersOf(operator), buckets }, { intervalMs: 20, ...options }), {
    source: sourceWithOperator,
    destination: bucketAs(identity),
    readAs: bucketAs('reader'),
  });

const settle = (operator: OperatorStandIn, key: string, lagMs: number): Promise<Check> =>
  runActivity(createSettleOperatorBackup({ clusters: clustersOf(operator) }, { lagMs, intervalMs: 20 }), {
    source: sourceWithOperator,
    snapshot: { key },
    since: new Date().toISOString(),
  });

it.each(['completed', 'held'] as const)('binds the object that answers the trigger, on the line %s', async (line) => {
  using operator = standIn({ line });
  await s3.store.putText(`${operatorOfSide('source').namespace}/other/an-older.snap`, 'not mine');
  const { snapshot, check } = await run(operator);
  expect(check).toMatchObject({ name: 'archive-integrity', outcome: 'passed' });
  const { namespace, cluster } = operatorOfSide('source');
  expect(snapshot.key).toMatch(new RegExp(`^${namespace}/${cluster}/[^/]+\\.snap$`));
  const stored = await buffer((await s3.store.download({ key: snapshot.key })).body);
  expect(snapshot).toMatchObject({
    sizeBytes: stored.length,
    sha256: createHash('sha256').update(stored).digest('hex'),
  });
  expect(snapshot.index).toBeGreaterThan(0);
  expect(Date.parse(snapshot.takenAt)).toBeLessThanOrEqual(Date.now());
  const beside: unknown = await json((await s3.store.download({ key: `${snapshot.key}.json` })).body);
  expect(beside).toMatchObject(snapshot);
});

it('writes nothing beside it where the credential may not, and takes the backup all the same', async () => {
  using operator = standIn();
  const { snapshot, check } = await run(operator, {}, 'reader');
  expect(check.outcome).toBe('passed');
  expect(await s3.store.head(`${snapshot.key}.json`)).toBeUndefined();
});

it('does not wait for a status that sticks: the object is the truth', async () => {
  using operator = standIn();
  operator.faults.statusSticks = true;
  const { snapshot } = await run(operator);
  expect(await s3.store.head(snapshot.key)).toBeDefined();

  const check = await settle(operator, snapshot.key, 100);
  expect(check).toMatchObject({ name: 'operator-backup-status', outcome: 'skipped' });
  expect(check.reason).toContain('is held by openbaocluster/backup for Backup');
  expect(check.reason).toContain(
    'kubectl --context k3d-openbao-dr-source --namespace openbaocluster-dr-source patch openbaoclusters.openbao.org ' +
      'openbaocluster-dr-source --subresource=status --type=json --patch \'[{"op":"remove","path":"/status/backup"}]\'',
  );
});

it('passes the status once it shows the backup and the lock is released', async () => {
  using operator = standIn();
  operator.faults.statusLagMs = 200;
  const { snapshot } = await run(operator);
  expect(await settle(operator, snapshot.key, 10_000)).toMatchObject({ outcome: 'passed' });
});

it('waits for the lock of an earlier backup, whose status follows later', async () => {
  using operator = standIn();
  operator.faults.statusLagMs = 300;
  const first = await run(operator);
  const second = await run(operator);
  expect(second.snapshot.key).not.toBe(first.snapshot.key);
});

it('waits for a backup that still runs, however long it has had the lock: a worker that died has asked for it', async () => {
  let release = (): void => undefined;
  const first = new Promise<void>((resolve) => (release = resolve));
  let backups = 0;
  using operator = standIn({
    backUp: async (key) => {
      if ((backups += 1) === 1) await first;
      await backUp(key);
    },
  });
  const died = run(operator, { deadlineMs: 500 }).catch((error: unknown) => error);
  expect(await died).toMatchObject({ type: 'TimedOut' });
  operator.setLock({ operation: 'Backup', holder: 'openbaocluster/backup', acquiredAt: '2026-01-01T00:00:00Z' });
  const again = run(operator);
  setTimeout(release, 200);
  await again;
  expect(backups).toBe(2);
});

it.each([
  ['of another operation', { operation: 'Upgrade', holder: 'openbaocluster/upgrade' }],
  [
    'of a backup that has stuck',
    { operation: 'Backup', holder: 'openbaocluster/backup', acquiredAt: '2026-01-01T00:00:00Z' },
  ],
])('asks for nothing while a lock %s is held, and says how to release it', async (_, lock) => {
  using operator = standIn();
  operator.setLock(lock);
  const failure = await run(operator).catch((error: unknown) => error);
  expect(failure).toMatchObject({ type: 'OperatorLockHeld', retryable: false });
  expect(String(failure)).toContain(`held by ${lock.holder} for ${lock.operation}`);
  expect(String(failure)).toContain('--subresource=status');
  expect(operator.calls).toEqual([]);
});

it.each([
  ['failed to upload backup: connection refused', true],
  ['failed to authenticate: JWT auth request failed with status 400: no known key', false],
])('quotes the Job that failed: %s (a retry may help: %s)', async (said, retryable) => {
  using operator = standIn();
  operator.faults.backupFails = `bao-backup error: ${said}`;
  const failure = await run(operator).catch((error: unknown) => error);
  expect(failure).toMatchObject({ type: 'OperatorBackupFailed', retryable });
  expect(String(failure)).toContain(said);
});

it('does not take the failure of an earlier backup for its own', async () => {
  using operator = standIn();
  operator.faults.backupFails = 'bao-backup error: no';
  operator.faults.statusLagMs = 100;
  await expect(run(operator)).rejects.toMatchObject({ type: 'OperatorBackupFailed' });
  operator.faults.backupFails = undefined;
  expect((await run(operator)).check.outcome).toBe('passed');
});

it('says so when the Job is done and the bucket has nothing new where it should be', async () => {
  using operator = standIn({ backUp: async () => undefined });
  await expect(run(operator, { showsWithinMs: 100 })).rejects.toMatchObject({
    type: 'OperatorBackupMisplaced',
    retryable: false,
  });
});

it('asks for another backup when the object is no whole archive', async () => {
  using operator = standIn({
    backUp: async (key) => {
      const whole = await buffer(await bao.root.downloadSnapshot());
      await s3.store.upload({ key, body: Readable.from([whole.subarray(0, whole.length - 3_000)]) });
    },
  });
  await expect(run(operator)).rejects.toMatchObject({
    retryable: true,
    type: expect.stringMatching(/^Snapshot/) as string,
  });
});

it('takes its trigger back when no operator answers', async () => {
  using operator = standIn();
  operator.kill();
  const failure = await run(operator, { deadlineMs: 300 }).catch((error: unknown) => error);
  expect(failure).toMatchObject({ type: 'TimedOut', retryable: false });
  expect(String(failure)).toContain('has not taken the trigger up');
  const [cluster] = operator.objects(operatorKinds.clusters);
  expect(cluster?.metadata.annotations).toEqual({});
});

it('writes a trigger anew that is not looked at, and finishes with an operator whose pod was replaced', async () => {
  using operator = standIn();
  operator.kill();
  const running = run(operator, { triggerAgainMs: 50 });
  await expect.poll(() => operator.calls.length).toBeGreaterThan(2);
  operator.revive();
  expect((await running).check.outcome).toBe('passed');
});

it('rides out an API server that does not answer for a moment', async () => {
  using operator = standIn({
    backUp: async (key) => {
      operator.faults.unreachable = true;
      await backUp(key);
      operator.faults.unreachable = false;
    },
  });
  expect((await run(operator)).check.outcome).toBe('passed');
});
