/** What of this machine a room is shown: its programs, and the files that its seal names, which may come from anyone who writes a plan. */
import { realpath, stat } from 'node:fs/promises';
import { normalize } from 'node:path';
import { KnownFailure } from '../../../domain/known-failure.js';
import { filesOf } from '../../../systems/openbao/seal/stanza/seal-files.js';
import { isShownAnyway } from './enclosure.js';
import type { RoomRequest } from '../room.js';

/** Where sockets and devices are, and what the kernel shows of every process. */
const withheldFolders = ['/run', '/var/run', '/proc', '/sys', '/dev'];

/**
 * By the path that each is to have inside; a link is followed, as where it leads may not be shown.
 *
 * @throws KnownFailure `SealFileMissing`.
 * @throws KnownFailure `SealFileRefused`: it is no plain file, or would show more than itself.
 */
export const filesToShow = async ({
  seal,
  bao,
  pluginFolder,
  sealPlugin,
}: RoomRequest): Promise<Readonly<Record<string, string>>> => {
  const shown: Record<string, string> = {};
  const files = [bao, process.execPath, ...(sealPlugin === undefined ? [] : [sealPlugin]), ...filesOf(seal)];
  const wanted = [
    ...(pluginFolder === undefined ? [] : [{ path: pluginFolder, kind: 'folder' } as const]),
    ...files.map((path) => ({ path, kind: 'file' }) as const),
  ];
  for (const { path, kind } of wanted) {
    const real = await findReal(path, kind);
    // What lies in a folder that is shown comes with it, and nothing could be added there.
    const comesAlong = Object.keys(shown).some((folder) => path.startsWith(`${folder}/`));
    if (comesAlong || (isShownAnyway(path) && isShownAnyway(real))) continue;
    // A link that is shown anyway leads inside to where it leads outside.
    shown[isShownAnyway(path) ? real : path] = real;
  }
  return shown;
};

const findReal = async (path: string, kind: 'file' | 'folder'): Promise<string> => {
  // A path with ".." in it would name another file once it is put behind the room's own root.
  if (path !== normalize(path)) throw refused(path, `is not written in full: write ${normalize(path)} in its place`);
  const real = await realpath(path).catch(() => undefined);
  const found = real === undefined ? undefined : await stat(real).catch(() => undefined);
  if (real === undefined || found === undefined) {
    throw new KnownFailure(
      'SealFileMissing',
      `The room needs ${path}, and this machine has no such file: copy it to this path, or name another.`,
    );
  }
  if (withheldFolders.some((folder) => isIn(folder, real) || isIn(real, folder))) {
    throw refused(path, `lies where systems keep sockets and devices: copy it to another folder, and name that`);
  }
  if (!(kind === 'file' ? found.isFile() : found.isDirectory())) {
    throw refused(path, `is no ${kind === 'file' ? 'regular file' : 'folder'}: name one`);
  }
  return real;
};

const isIn = (folder: string, path: string): boolean => `${path}/`.startsWith(folder === '/' ? '/' : `${folder}/`);

const refused = (path: string, why: string): KnownFailure =>
  new KnownFailure('SealFileRefused', `The room does not show ${path}, which ${why}.`);
