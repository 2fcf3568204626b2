import { randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { restoreIntoRoom } from '../../../infra/room/restore-into-room.js';
import { findRoom, unsealRoom } from '../../../infra/room/unseal-room.js';
import { readSealStanza } from '../../../systems/openbao/seal/stanza/read-stanza.js';
import type { SealStanza } from '../../../systems/openbao/seal/stanza/seal-stanza.js';
import {
  createTransitSeal,
  startOpenBaoServer,
  type TestOpenBaoServer,
  type TestTransitSeal,
} from '../../support/servers/openbao-server.js';
import {
  bodyOf,
  open,
  roomsFolder,
  type ShamirCluster,
  snapshotOf,
  type SnapshotOfCluster,
  startShamirCluster,
  transitStanza,
} from '../../infra/room/clusters.js';

/** Nothing of a room is left: no folder, and so no file of it; {@link open} would find a process when it closes. */
const nothingIn = async (rooms: string) => expect(await readdir(rooms)).toEqual([]);

describe('a snapshot of a cluster with a static seal', () => {
  let source: TestOpenBaoServer;
  let snapshot: SnapshotOfCluster;
  let seal: SealStanza;
  beforeAll(async () => {
    source = await startOpenBaoServer('static');
    snapshot = await snapshotOf(source, source.rootToken);
    seal = readSealStanza(await readFile(join(source.folder, 'config.json'), 'utf8'), 'config.json');
  });
  afterAll(() => source[Symbol.asyncDispose]());

  it('unseals in the room by itself, as the cluster it was taken of, and leaves nothing', async () => {
    const rooms = await roomsFolder();
    const room = await open({ seal, rooms });
    const { version } = await source.openbao.health();
    expect(room).toMatchObject({ kind: 'sealed', version });
    const copy = await restoreIntoRoom(room, bodyOf(snapshot.archive));
    expect(copy).toEqual({ state: 'active', clusterId: snapshot.clusterId });
    const root = room.openbao.useToken(source.rootToken);
    expect(await root.read('secret/marker')).toEqual({ value: 'source' });
    await expect(restoreIntoRoom(room, bodyOf(snapshot.archive))).rejects.toMatchObject({ type: 'RoomUsed' });
    await room.close();
    await nothingIn(rooms);
  });

  it('takes its key from a reference that was resolved, which is in no file of the room', async () => {
    const key = (await readFile(join(source.folder, 'unseal.key'))).toString('base64');
    const room = await open({ seal, secrets: { current_key: key } });
    expect(await readFile(join(room.folder, 'openbao.json'), 'utf8')).not.toContain('unseal.key');
    const copy = await restoreIntoRoom(room, bodyOf(snapshot.archive));
    expect(copy).toMatchObject({ clusterId: snapshot.clusterId });
    for (const file of ['openbao.json', 'openbao.log']) {
      expect(await readFile(join(room.folder, file), 'utf8'), file).not.toContain(key);
    }
    expect(await readFile(`${room.folder}.json`, 'utf8')).not.toContain(key);
  });

  it('takes a key that stands in the stanza itself, and writes it into no file of the room', async () => {
    const key = (await readFile(join(source.folder, 'unseal.key'))).toString('base64');
    const clear = { ...seal, attributes: { ...seal.attributes, current_key: key } };
    const room = await open({ seal: clear });
    expect(await readFile(join(room.folder, 'openbao.json'), 'utf8')).not.toContain(key);
    expect(await restoreIntoRoom(room, bodyOf(snapshot.archive))).toMatchObject({ clusterId: snapshot.clusterId });
  });

  it('is refused with another key, though that has its name', async () => {
    const room = await open({ seal, secrets: { current_key: randomBytes(32).toString('base64') } });
    await expect(restoreIntoRoom(room, bodyOf(snapshot.archive))).rejects.toMatchObject({ type: 'SealMismatch' });
  });

  it('is refused with a key that is none', async () => {
    const rooms = await roomsFolder();
    const opened = open({ seal, rooms, secrets: { current_key: 'short' } });
    await expect(opened).rejects.toMatchObject({
      type: 'SealUnusable',
      message: expect.not.stringContaining('short') as string,
    });
    await nothingIn(rooms);
  });

  it('is refused by its room when its key is in a file that this machine has not', async () => {
    const rooms = await roomsFolder();
    const elsewhere = { ...seal, attributes: { ...seal.attributes, current_key: 'file:///nowhere/key' } };
    await expect(open({ seal: elsewhere, rooms })).rejects.toMatchObject({ type: 'SealFileMissing' });
    await nothingIn(rooms);
  });
});

describe('a snapshot of a cluster with a Transit seal', () => {
  let infra: TestOpenBaoServer;
  let source: TestOpenBaoServer;
  let key: TestTransitSeal;
  let snapshot: SnapshotOfCluster;
  beforeAll(async () => {
    infra = await startOpenBaoServer('infra');
    key = await createTransitSeal(infra, 'shared');
    source = await startOpenBaoServer('transit', { seal: key });
    snapshot = await snapshotOf(source, source.rootToken);
  });
  afterAll(async () => {
    for (const server of [source, infra]) await server[Symbol.asyncDispose]();
  });

  it('unseals through the relay, at the very address of the stanza', async () => {
    const folder = await roomsFolder();
    const seal = await transitStanza(key, folder);
    const room = await open({ seal, secrets: { token: key.token } });
    const copy = await restoreIntoRoom(room, bodyOf(snapshot.archive));
    expect(copy).toEqual({ state: 'active', clusterId: snapshot.clusterId });
    expect(room.relayed()).toBeGreaterThan(0);
    expect(await readFile(join(room.folder, 'openbao.json'), 'utf8')).not.toContain(key.token);
  });

  it('unseals by a name that only the room knows, with the token in a file as the cluster has it', async () => {
    const folder = await roomsFolder();
    await writeFile(join(folder, 'token'), key.token, { mode: 0o600 });
    const { port } = new URL(infra.endpoint.address);
    const seal = await transitStanza(key, folder, {
      address: `https://localhost:${port}`,
      token: `file://${join(folder, 'token')}`,
    });
    const room = await open({ seal });
    expect(await restoreIntoRoom(room, bodyOf(snapshot.archive))).toMatchObject({ clusterId: snapshot.clusterId });
  });

  it('is refused with another key of the same Transit', async () => {
    const other = await createTransitSeal(infra, 'other');
    const seal = await transitStanza(other, await roomsFolder());
    const room = await open({ seal, secrets: { token: other.token } });
    await expect(restoreIntoRoom(room, bodyOf(snapshot.archive))).rejects.toMatchObject({ type: 'SealMismatch' });
  });

  it.each([
    ['a dead token', { token: 'hvs.dead' }, {}, 'SealTokenRefused'],
    ['a key that Transit has not', 'own', { key_name: 'no-such' }, 'SealTokenRefused'],
    ['a mount that Transit has not', 'root', { mount_path: 'no-such/' }, 'SealKeyMissing'],
    ['another CA', 'own', { tls_server_name: 'somebody-else.example.com' }, 'OpenBaoCertificateRefused'],
    ['an address that nothing answers at', 'own', { address: 'https://127.0.0.1:9' }, 'TransitUnreachable'],
  ] as const)('is refused with %s, and nothing is left', async (_, given, more, type) => {
    const rooms = await roomsFolder();
    const seal = await transitStanza(key, await roomsFolder(), more);
    const token = given === 'root' ? infra.rootToken : given === 'own' ? key.token : given.token;
    const opened = open({ seal, rooms, secrets: { token } });
    await expect(opened).rejects.toMatchObject({ type, message: expect.not.stringContaining(token) as string });
    await nothingIn(rooms);
  });

  /** Of this machine, beside its loopback: the room's loopback takes it over. */
  const ownNumbers = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith('fe80'))
    .map(({ address, family }) => (family === 'IPv6' ? `[${address}]` : address));

  it.each(ownNumbers.slice(0, 2))('asks for the seal at a number that the room takes over: %s', async (host) => {
    const seal = await transitStanza(key, await roomsFolder(), { address: `https://${host}:9` });
    await expect(open({ seal, secrets: { token: key.token } })).rejects.toMatchObject({ type: 'TransitUnreachable' });
  });

  it('is restored in two rooms at the same time, and neither disturbs the other', async () => {
    const rooms = await roomsFolder();
    const seal = await transitStanza(key, await roomsFolder());
    const restored = await Promise.all(
      ['run-1', 'run-2'].map(async (runId) => {
        const room = await open({ seal, rooms, runId, secrets: { token: key.token } });
        return { room, copy: await restoreIntoRoom(room, bodyOf(snapshot.archive)) };
      }),
    );
    expect(restored.map(({ copy }) => copy)).toEqual(
      [1, 2].map(() => ({ state: 'active', clusterId: snapshot.clusterId })),
    );
    const [first, second] = restored.map(({ room }) => room);
    await first!.close();
    const root = second!.openbao.useToken(source.rootToken);
    await root.write('secret/marker', { value: 'second' });
    expect(await source.root.read('secret/marker')).toEqual({ value: 'source' });
    await second!.close();
    await nothingIn(rooms);
  });
});

describe('a snapshot of a cluster with a Shamir seal', () => {
  let source: ShamirCluster;
  const seal: SealStanza = { type: 'shamir', attributes: {} };
  beforeAll(async () => {
    source = await startShamirCluster('shamir');
  });
  afterAll(() => source[Symbol.asyncDispose]());

  it('waits in the room for its shares: too few and others are refused, and its own unseal it', async () => {
    const { snapshot, shares } = source;
    const rooms = await roomsFolder();
    const room = await open({ seal, rooms });
    expect(await restoreIntoRoom(room, bodyOf(snapshot.archive))).toEqual({ state: 'sealed', threshold: 2 });
    await expect(unsealRoom(room, [shares[0]!, shares[0]!])).rejects.toMatchObject({
      type: 'SharesMissing',
      message: 'The copy takes 2 different shares to unseal, and was given 1: enter the others, too.',
    });
    const others = [1, 2].map(() => randomBytes(33).toString('base64'));
    await expect(unsealRoom(room, others)).rejects.toMatchObject({ type: 'SharesRefused' });
    expect(await unsealRoom(room, shares.slice(1))).toBe(snapshot.clusterId);
    for (const file of await readdir(room.folder)) {
      if (['data', 'etc', 'root', 'tmp', 'api.sock'].includes(file)) continue;
      const written = await readFile(join(room.folder, file), 'utf8');
      for (const share of shares) expect(written, file).not.toContain(share);
    }
    await room.close();
    await nothingIn(rooms);
  });

  it('is given its shares by others of this machine, one by one', async () => {
    const { snapshot, shares } = source;
    const rooms = await roomsFolder();
    const room = await open({ seal, rooms, runId: 'by-hand' });
    await restoreIntoRoom(room, bodyOf(snapshot.archive));
    await expect(findRoom(rooms, 'another-run')).rejects.toMatchObject({ type: 'RoomGone' });
    const found = await findRoom(rooms, 'by-hand');
    expect(await found.unseal(shares[0]!)).toMatchObject({ sealed: true, progress: 1, threshold: 2 });
    expect(await found.unseal(shares[2]!)).toMatchObject({ sealed: false });
    await room.close();
    await expect(findRoom(rooms, 'by-hand')).rejects.toMatchObject({ type: 'RoomGone' });
  });
});
