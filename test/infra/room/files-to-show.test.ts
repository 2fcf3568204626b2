import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { filesToShow } from '../../../infra/room/place/files-to-show.js';
import { shamirStanza } from '../../../systems/openbao/seal/stanza/seal-stanza.js';
import { roomsFolder } from './clusters.js';

const program = process.execPath;

const shownFor = async (ca: string, pluginFolder?: string) => {
  const seal = { type: 'transit', attributes: { address: 'https://127.0.0.1:1', tls_ca_cert: ca } } as const;
  return filesToShow({ runId: 'run', rooms: '/nowhere', bao: program, seal, storeBytes: 0, pluginFolder });
};

const refused = (reason: string) => ({ type: 'SealFileRefused', message: expect.stringContaining(reason) as string });

describe('what a seal names', () => {
  it('is shown by its own path, wherever its link leads', async () => {
    const folder = await roomsFolder();
    await writeFile(join(folder, 'real.pem'), 'ca');
    await symlink(join(folder, 'real.pem'), join(folder, 'ca.pem'));
    expect((await shownFor(join(folder, 'ca.pem')))[join(folder, 'ca.pem')]).toBe(join(folder, 'real.pem'));
  });

  it('is refused if its path climbs, for behind the root of the room it would lead to another file', async () => {
    const folder = await roomsFolder();
    await writeFile(join(folder, 'ca.pem'), 'ca');
    await expect(shownFor(`${folder}/x/../ca.pem`)).rejects.toMatchObject(
      refused(`is not written in full: write ${folder}/ca.pem in its place.`),
    );
    await expect(shownFor(`/../../../..${folder}/ca.pem`)).rejects.toMatchObject(refused('is not written in full'));
  });

  it('is refused if it is no regular file', async () => {
    const folder = await roomsFolder();
    await mkdir(join(folder, 'folder'));
    const socket = join(folder, 'daemon.sock');
    const server = createServer().listen(socket);
    onTestFinished(() => void server.close());
    await symlink(socket, join(folder, 'link.pem'));
    for (const name of ['folder', 'daemon.sock', 'link.pem']) {
      await expect(shownFor(join(folder, name))).rejects.toMatchObject(refused('is no regular file: name one.'));
    }
  });

  it('is refused where systems keep sockets, devices and processes, by a link as well', async () => {
    const folder = await roomsFolder();
    await symlink('/proc/self/environ', join(folder, 'ca.pem'));
    for (const path of ['/proc/self/environ', '/sys/kernel/notes', '/dev/null', join(folder, 'ca.pem')]) {
      await expect(shownFor(path)).rejects.toMatchObject({ type: expect.stringMatching(/^SealFile/) as string });
    }
    await expect(shownFor(join(folder, 'ca.pem'))).rejects.toMatchObject(refused('sockets and devices'));
  });

  it('is refused as a folder of plugins that is a file, or that holds a folder of sockets', async () => {
    const folder = await roomsFolder();
    const ca = join(folder, 'ca.pem');
    await writeFile(ca, 'ca');
    await expect(shownFor(ca, ca)).rejects.toMatchObject(refused('is no folder: name one.'));
    await expect(shownFor(ca, '/')).rejects.toMatchObject(refused('sockets and devices'));
  });

  it('is nothing where the seal has no files', async () => {
    const request = { runId: 'run', rooms: '/nowhere', bao: program, seal: shamirStanza, storeBytes: 0 };
    expect(Object.values(await filesToShow(request)).every((path) => path === program)).toBe(true);
  });
});
