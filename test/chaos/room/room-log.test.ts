import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { readRoomLog } from '../../../infra/room/read-room-log.js';
import { restoreIntoRoom } from '../../../infra/room/restore-into-room.js';
import { readSealStanza } from '../../../systems/openbao/seal/stanza/read-stanza.js';
import { namespacesWithOwnSeal } from '../../../systems/openbao/log/copy-log.js';
import { inspectSnapshot } from '../../../systems/openbao/snapshot/inspect-snapshot.js';
import { startOpenBaoServer, type TestOpenBaoServer } from '../../support/servers/openbao-server.js';
import { bodyOf, open, snapshotOf } from '../../infra/room/clusters.js';

const stanzaOf = async ({ folder }: TestOpenBaoServer) =>
  readSealStanza(await readFile(join(folder, 'config.json'), 'utf8'), 'config.json');

const fileAudit = (path: string, file: string) => ({ type: 'file', path, options: { file_path: file } });

it('says which mounts, namespaces and audit devices came back, without any credential', async () => {
  await using source = await startOpenBaoServer('log', {
    configure: (folder) => ({ audit: [fileAudit('main', join(folder, 'audit.log'))] }),
  });
  await source.root.write('sys/mounts/db', { type: 'database' });
  await source.root.write('sys/auth/userpass', { type: 'userpass' });
  await source.root.write('sys/namespaces/team', {});
  await source.root.write('sys/namespaces/own', { seal: 'seal "shamir" { shares = 1 threshold = 1 }' });
  const { archive } = await snapshotOf(source, source.rootToken);
  const original = await readFile(join(source.folder, 'audit.log'), 'utf8');
  const room = await open({ seal: await stanzaOf(source) });
  await restoreIntoRoom(room, bodyOf(archive));
  const log = await readRoomLog(room);
  expect(log).toMatchObject({
    complete: true,
    deadMounts: [],
    missingPlugins: [],
    auditDevices: ['main/'],
    refusedAudits: [],
    errors: [],
  });
  expect(log.namespaces.map(({ path }) => path).sort()).toEqual(['own/', 'team/']);
  const { inspection } = await inspectSnapshot(Readable.from([archive]));
  expect(namespacesWithOwnSeal(log, inspection.ownSeals?.ids ?? []).map(({ path }) => path)).toEqual(['own/']);
  expect(log.mounts).toEqual(
    expect.arrayContaining([
      { kind: 'secret', path: 'db/', type: 'database', namespace: '' },
      { kind: 'secret', path: 'secret/', type: 'kv', namespace: '' },
      { kind: 'auth', path: 'userpass/', type: 'userpass', namespace: '' },
    ]),
  );
  // The copy has the device for a moment, at the path of the original's own file: it wrote into the room.
  expect(await readFile(join(source.folder, 'audit.log'), 'utf8')).toBe(original);
});

it('says why a copy does not come up whose audit device it cannot open', async () => {
  const shown = await mkdtemp(join(tmpdir(), 'shown-'));
  await using source = await startOpenBaoServer('refused', {
    configure: () => ({ audit: [fileAudit('main', join(shown, 'audit.log'))] }),
  });
  const { archive } = await snapshotOf(source, source.rootToken);
  // Shown to the room read-only, as plugins are.
  const room = await open({ seal: await stanzaOf(source), pluginFolder: shown });
  await expect(restoreIntoRoom(room, bodyOf(archive))).rejects.toMatchObject({
    type: 'CopyStaysSealed',
    message: expect.stringContaining(`it cannot open its audit device at ${join(shown, 'audit.log')}: `) as string,
  });
  expect(await readRoomLog(room)).toMatchObject({
    complete: false,
    refusedAudits: [{ path: join(shown, 'audit.log') }],
  });
  await rm(shown, { recursive: true });
});

/** Whether a system log can be played here: that is root's, where there is none. */
const playable = process.getuid?.() === 0 && !existsSync('/dev/log');

it.skipIf(!playable)('takes what an audit device writes to the system log, which is not in the room', async () => {
  const heard: string[] = [];
  const system = createServer((socket) => socket.on('data', (data) => heard.push(String(data)))).listen('/dev/log');
  try {
    await using source = await startOpenBaoServer('syslog', {
      configure: () => ({ audit: [{ type: 'syslog', path: 'log', options: {} }] }),
    });
    const { archive, clusterId } = await snapshotOf(source, source.rootToken);
    expect(heard.length).toBeGreaterThan(0);
    const room = await open({ seal: await stanzaOf(source) });
    const before = heard.length;
    expect(await restoreIntoRoom(room, bodyOf(archive))).toMatchObject({ clusterId });
    expect((await readRoomLog(room)).auditDevices).toEqual(['log/']);
    expect(heard).toHaveLength(before);
  } finally {
    system.close();
  }
});
