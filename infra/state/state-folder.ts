/** One folder holds everything the program keeps on a machine: lanes, reports, its own Temporal server's database. */
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { KnownFailure } from '../../domain/known-failure.js';
import { ensureFolderId } from '../../systems/files/folder-id.js';
import { readJsonFile, writeJsonFile } from '../../systems/files/json-file.js';
import { ensurePrivateFolder } from '../../systems/files/private-folder.js';

export interface StateFolder {
  readonly root: string;
  /** Made with the folder and kept in it: processes that share the folder, on whichever machine, see the same. */
  readonly id: string;
  readonly reports: string;
  /** Public keys that signed reports, as PEM: they outlive the lanes whose keys they were. */
  readonly evidenceKeys: string;
  /** Database and record of the Temporal dev server that this program brings. */
  readonly temporal: string;
  readonly lanes: string;
}

const markerFile = 'openbao-dr.json';
const marker = z.object({ madeBy: z.literal('openbao-dr'), layout: z.literal(1) });

/**
 * Opens the state folder, making it if need be. One that is not ours is left exactly as it is.
 *
 * @throws KnownFailure `FolderNotUsable`: not writable, someone else's, or a folder with other things in it.
 * @throws KnownFailure `CorruptedState`: its marker is damaged.
 */
export const openStateFolder = async (path: string): Promise<StateFolder> => {
  const root = resolve(path);
  const markerPath = join(root, markerFile);
  // Before the marker is read: whoever else opens a new folder at this moment makes the marker before anything else.
  const names = await readdir(root).catch(() => undefined);
  const isOurs = names !== undefined && (await readJsonFile(markerPath, (value) => marker.parse(value))) !== undefined;
  if (!isOurs) assertNothingElse(root, names ?? []);
  await ensurePrivateFolder(root);
  if (!isOurs) await writeJsonFile(markerPath, { madeBy: 'openbao-dr', layout: 1 });
  const id = await ensureFolderId(root);
  const [reports, evidenceKeys, temporal, lanes] = await Promise.all(
    ['reports', 'evidence-keys', 'temporal', 'lanes'].map((name) => ensurePrivateFolder(join(root, name))),
  );
  return { root, id, reports: reports!, evidenceKeys: evidenceKeys!, temporal: temporal!, lanes: lanes! };
};

/** Two processes may open a new folder at once: the second finds temporary files of the first, nothing else. */
const assertNothingElse = (root: string, names: readonly string[]): void => {
  const others = names.filter((name) => !name.startsWith(markerFile) && !name.startsWith('.'));
  if (others.length === 0) return;
  throw new KnownFailure(
    'FolderNotUsable',
    `${root} holds files that openbao-dr did not make: name an empty folder with --state-dir or OPENBAO_DR_STATE`,
    { facts: { first: others[0] } },
  );
};
