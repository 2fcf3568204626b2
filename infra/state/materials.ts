/** The local store of what must not travel through a history: one file a reference, readable by this user alone. */
import { join } from 'node:path';
import { KnownFailure } from '../../domain/known-failure.js';
import type { Materials } from '../../activities/ports/materials.js';
import { ensurePrivateFolder } from '../../systems/files/private-folder.js';
import { readPrivateFile, writePrivateFile } from '../../systems/files/private-file.js';
import type { KnownSecrets } from '../../systems/secrets/known-secrets.js';
import type { StateFolder } from './state-folder.js';

const referencePattern = /^lane:([a-z0-9]+(?:-[a-z0-9]+)*)\/([a-z0-9]+(?:[.-][a-z0-9]+)*)$/;

/** Materials, and the way to one for a program that wants the name of a file. */
export interface MaterialFiles extends Materials {
  /**
   * Path of the file that holds what the reference names.
   *
   * @throws KnownFailure `MaterialMissing` naming the reference.
   */
  fileOf(ref: `lane:${string}`): Promise<string>;
}

export const materialsFolder = ({ lanes }: StateFolder, lane: string): string => join(lanes, lane, 'materials');

/**
 * Resolves `lane:<lane>/<name>` to a file of the lane.
 *
 * @param secrets is told each value. Default: nobody is.
 */
export const createMaterials = (
  stateFolder: StateFolder,
  secrets: Pick<KnownSecrets, 'remember'> = { remember: () => undefined },
): MaterialFiles => {
  const locate = (ref: string): { folder: string; file: string } => {
    const [, lane, name] = referencePattern.exec(ref) ?? [];
    if (lane === undefined || name === undefined) {
      throw new KnownFailure('MaterialMissing', 'A reference is not of the form lane:<lane>/<name>', {
        facts: { ref },
      });
    }
    const folder = materialsFolder(stateFolder, lane);
    return { folder, file: join(folder, name) };
  };
  const read = async (ref: string): Promise<string> => {
    const value = await readPrivateFile(locate(ref).file);
    if (value !== undefined) {
      secrets.remember(value);
      return value;
    }
    throw new KnownFailure(
      'MaterialMissing',
      'The lane does not hold what a reference names: is it up on this machine?',
      // A worker on the machine that has the lane may take the step next.
      { retryable: true, facts: { ref } },
    );
  };
  return {
    read,
    async write(ref, value) {
      const { folder, file } = locate(ref);
      secrets.remember(value);
      await ensurePrivateFolder(folder);
      await writePrivateFile(file, value);
    },
    async fileOf(ref) {
      await read(ref);
      return locate(ref).file;
    },
  };
};
