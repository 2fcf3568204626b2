/** What making, changing or removing any part of a compose lane has at hand. */
import { mkdir } from 'node:fs/promises';
import { chmod, chown } from 'node:fs/promises';
import type { Materials } from '../../../activities/ports/materials.js';
import type { Progress } from '../../../activities/ports/provisioning.js';
import type { FileOwner } from '../../../systems/files/private-file.js';
import { writePrivateFile } from '../../../systems/files/private-file.js';
import { asStorageFailure } from '../../../systems/files/storage-failure.js';
import type { LaneContainers } from './containers/containers.js';
import type { ComposeLanePaths } from './lane-paths.js';
import type { ComposeLaneRecord, ComposeRecordFile } from './lane-record.js';
import type { EdgeName } from '../made/names.js';
import { edgeAmongContainers, storageAmongContainers } from './names.js';

export interface ComposeLaneContext {
  readonly lane: string;
  readonly paths: ComposeLanePaths;
  readonly recordFile: ComposeRecordFile;
  /** As the holder of the lane's lock has just read it. */
  readonly record: ComposeLaneRecord;
  readonly materials: Materials;
  readonly containers: LaneContainers;
  /** Name that containers and networks start with. */
  readonly project: string;
  readonly reach: LaneReach;
  /** Whose the services' files are, where it is not this process's user. */
  readonly owner?: FileOwner | undefined;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/** Where this program finds the lane: at ports that are published on this machine, or among the containers. */
export interface LaneReach {
  /** `https://host:port`. */
  edge(name: EdgeName): string;
  /** `http://host:port`. */
  readonly storage: string;
}

export const publishedReach = ({ ports }: Pick<ComposeLaneRecord, 'ports'>): LaneReach => ({
  edge: (name) => `https://127.0.0.1:${ports[name]}`,
  storage: `http://127.0.0.1:${ports.storage}`,
});

export const reachAmongContainers: LaneReach = { edge: edgeAmongContainers, storage: storageAmongContainers };

/**
 * A file of a service, in place of one that was there, readable by the service's user alone.
 *
 * @throws KnownFailure `DiskFull` or `NotWritable`.
 */
export const writeServiceFile = (
  { owner }: Pick<ComposeLaneContext, 'owner'>,
  path: string,
  content: string | Uint8Array,
): Promise<void> => writePrivateFile(path, content, owner);

/** A folder of a service; its parents are made, too. */
export const ensureServiceFolder = async (
  { owner }: Pick<ComposeLaneContext, 'owner'>,
  path: string,
): Promise<void> => {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    if (owner !== undefined) await chown(path, owner.uid, owner.gid);
    await chmod(path, 0o700);
  } catch (error) {
    throw asStorageFailure(error, path);
  }
};
