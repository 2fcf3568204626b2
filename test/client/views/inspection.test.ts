import { expect, it } from 'vitest';
import type { SnapshotInspection } from '../../../domain/snapshot/inspection.js';
import { renderInspection } from '../../../client/views/inspection.js';

const inspection: SnapshotInspection = {
  index: 81,
  term: 3,
  peers: [
    { id: 'source-0', address: '127.0.0.1:8201', suffrage: 'voter' },
    { id: 'source-1', address: '127.0.0.1:8301', suffrage: 'nonvoter' },
  ],
  openbaoVersions: ['2.6.2', '2.7.2'],
  seal: { type: 'transit', keyVersion: 'v2' },
  entries: 130,
  stateBytes: 5 * 1024 * 1024,
  groups: [
    { name: 'core', entries: 10, sizeBytes: 2048 },
    { name: 'logical/0b1c', entries: 120, sizeBytes: 4 * 1024 * 1024 },
  ],
  leases: {
    total: 9,
    login: 2,
    dynamic: 7,
    paths: [
      { path: 'db/creds/app', count: 7 },
      { path: 'auth/userpass/login/ann', count: 2 },
    ],
  },
};
const render = (change: Partial<SnapshotInspection> = {}) =>
  renderInspection({
    sizeBytes: 5_300_000,
    sha256: 'ab'.repeat(32),
    stateSha256: 'cd'.repeat(32),
    inspection: { ...inspection, ...change },
  });

it('shows a snapshot on one screen', () => {
  expect(render()).toBe(
    [
      'The archive is whole: its checksums are as recorded.',
      '  ! dynamic-leases: 7 leases of dynamic secrets. A target restored from this snapshot revokes those that have ended, in the real systems that issued them, and OpenBao has no switch to stop it. Keep the target away from these systems, or expect it.',
      '',
      `  Archive  5.1 MiB, SHA-256 ${'ab'.repeat(32)}`,
      '  Raft     index 81, term 3',
      '  Peers    source-0 at 127.0.0.1:8201 (voter)',
      '           source-1 at 127.0.0.1:8301 (nonvoter)',
      '  OpenBao  2.6.2, 2.7.2',
      '  Seal     transit, key v2',
      '  State    130 entries, 5.0 MiB',
      '',
      '  PART OF THE STORE  ENTRIES  SIZE',
      '  core               10       2.0 KiB',
      '  logical/0b1c       120      4.0 MiB',
      '',
      '  LEASES ISSUED BY         LEASES',
      '  db/creds/app             7',
      '  auth/userpass/login/ann  2',
      '',
      'Leases: 7 of dynamic secrets, 2 of logins, which end with their tokens.',
    ].join('\n'),
  );
});

it('warns of nothing when there are only leases of logins, or none', () => {
  expect(render({ leases: { ...inspection.leases, total: 2, dynamic: 0 } })).toMatch(/\nAll 2 leases are of logins\.$/);
  expect(render({ leases: { total: 1, login: 1, dynamic: 0, paths: [] } })).toMatch(
    /\nThe only lease is of a login\.$/,
  );
  const none = render({ leases: { total: 0, login: 0, dynamic: 0, paths: [] } });
  expect(none).toMatch(/\nThere are no leases in it\.$/);
  expect(none).not.toContain('  ! ');
});

it('says what the archive does not tell, and leaves out what does not fit', () => {
  const groups = Array.from({ length: 50 }, (_, at) => ({ name: `logical/${at}`, entries: 1, sizeBytes: 1 }));
  const text = render({ seal: {}, openbaoVersions: [], groups });
  expect(text).toContain('type not told, key version not told');
  expect(text).toContain('OpenBao  not told');
  expect(text).toContain('… and 10 more: see --json');
});

it('does not let a name from the archive command the terminal', () => {
  const text = render({
    openbaoVersions: ['\u001b[2J2.7.2'],
    peers: [{ id: 'a\nb', address: '\u0007', suffrage: 'voter' }],
  });
  expect(text).not.toContain('\u001b');
  expect(text).toContain('a b at');
});
