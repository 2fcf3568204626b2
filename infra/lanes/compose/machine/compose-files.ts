/** The compose file that people use, and what this machine's lane changes of it: its volumes are folders of the lane. */
import { join } from 'node:path';
import { ensurePrivateFolder } from '../../../../systems/files/private-folder.js';
import { writePrivateFile } from '../../../../systems/files/private-file.js';
import { packageRoot } from '../../made/package-root.js';
import type { ComposeLanePaths } from '../lane-paths.js';
import type { ComposeLaneRecord } from '../lane-record.js';
import { laneServices } from '../names.js';
import { volumeOptions } from './volumes.js';

/** docker-compose.yml of the package. */
export const composeFile = async (): Promise<string> => join(await packageRoot(), 'docker-compose.yml');

/** Every service's volume as a folder of the lane, where this program puts the files that the service starts with. */
export const writeOverride = async (paths: ComposeLanePaths): Promise<void> => {
  await ensurePrivateFolder(paths.folder);
  const volumes = Object.fromEntries(
    laneServices.map((service) => [service, { driver: 'local', driver_opts: volumeOptions(paths, service) }]),
  );
  await writePrivateFile(paths.override, `${JSON.stringify({ volumes }, undefined, 2)}\n`);
};

/** What docker-compose.yml asks for. None of it is secret. */
export const composeVariables = (
  { ports }: Pick<ComposeLaneRecord, 'ports'>,
  user: string,
): Readonly<Record<string, string>> => ({
  OPENBAO_DR_USER: user,
  INFRA_PORT: String(ports.infra),
  SOURCE_PORT: String(ports.source),
  TARGET_PORT: String(ports.target),
  CLIENTS_PORT: String(ports.clients),
  STORAGE_PORT: String(ports.storage),
});

/** Those who may be named by the user's own environment, too: an image from another registry, or with a digest. */
export const imageVariables = ['OPENBAO_IMAGE', 'TRAEFIK_IMAGE', 'RUSTFS_IMAGE'] as const;
