import { expect, it } from 'vitest';
import { inspectSnapshot } from '../../../../systems/openbao/snapshot/inspect-snapshot.js';
import { archiveOf, entry, membersOf, streamOf } from './archives.js';

const mount = '6f1cb3a2-0000-4000-8000-000000000001';
const namespace = '6f1cb3a2-0000-4000-8000-000000000002';

const inspect = (entries: readonly (readonly [key: string, value: string])[]) =>
  inspectSnapshot(streamOf(archiveOf(membersOf(Buffer.concat(entries.map(([key, value]) => entry(key, value)))))));

it('tells who took a snapshot, what is in it and which leases it has', async () => {
  const { summary, inspection } = await inspect([
    ['core/lock', '12345'],
    ['core/seal-config', '{"type":"transit","secret_shares":1}'],
    ['core/versions/2.10.0', 'x'],
    ['core/versions/2.7.2', 'x'],
    ['core/versions/2.7.0', 'x'],
    ['core/versions/2.7.0-beta20260801', 'x'],
    ['core/versions/2.7.0-beta20260702', 'x'],
    [`logical/${mount}/a`, '1234567890'],
    [`logical/${mount}/b/c`, '1234567890'],
    [`namespaces/${namespace}/logical/${mount}/a`, 'x'],
    [`namespaces/${namespace}/sys/expire/id/db/creds/app/h3`, 'x'],
    ['sys/expire/id/auth/userpass/login/ann/h1', 'x'],
    ['sys/expire/id/db/creds/app/h1', 'x'],
    ['sys/expire/id/db/creds/app/h2', 'x'],
    ['sys/expire/id/pki/issue/web/h\n1', 'x'],
    ['sys/token/id/h1', 'x'],
  ]);
  expect(summary.sums).toHaveLength(2);
  expect(inspection).toMatchObject({
    index: 30,
    term: 3,
    openbaoVersions: ['2.7.0-beta20260702', '2.7.0-beta20260801', '2.7.0', '2.7.2', '2.10.0'],
    seal: { type: 'transit', keyVersion: 'v3' },
    entries: 16,
    stateBytes: summary.stateBytes,
    leases: {
      total: 5,
      login: 1,
      dynamic: 4,
      paths: [
        { path: 'db/creds/app', count: 3 },
        { path: 'auth/userpass/login/ann', count: 1 },
        { path: 'pki/issue/web', count: 1 },
      ],
    },
  });
  expect(inspection.peers).toHaveLength(3);
  expect(inspection.groups.map(({ name }) => name)).toEqual(inspection.groups.map(({ name }) => name).sort());
  expect(inspection.groups).toContainEqual({
    name: `logical/${mount}`,
    entries: 2,
    sizeBytes: 20 + 2 * `logical/${mount}/a`.length + 2,
  });
  expect(inspection.groups).toContainEqual(
    expect.objectContaining({ name: `namespaces/${namespace}/logical/${mount}`, entries: 1 }),
  );
});

it('says nothing of a seal type that the store does not tell', async () => {
  const { inspection } = await inspect([['core/seal-config', 'encrypted']]);
  expect(inspection.seal).toEqual({ keyVersion: 'v3' });
});

it('counts the issuers of leases that are too many to name together, and all of them', async () => {
  const long = 'x'.repeat(60_000);
  const { inspection } = await inspect(
    Array.from({ length: 200 }, (_, at) => [`sys/expire/id/${at}${long}/h`, ''] as const),
  );
  expect(inspection.leases).toMatchObject({ total: 200, login: 0, dynamic: 200 });
  expect(inspection.leases.paths[0]?.path).toBe('(others)');
  expect(inspection.leases.paths).toHaveLength(50);
});

it('fails as the reader does', async () => {
  const bytes = archiveOf(membersOf(entry('a/key', 'a value')));
  await expect(inspectSnapshot(streamOf(bytes.subarray(0, -1)))).rejects.toMatchObject({ type: 'SnapshotTruncated' });
});
