/** What a room's OpenBao reads when it starts. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { writePrivateFile } from '../../systems/files/private-file.js';
import { ensurePrivateFolder } from '../../systems/files/private-folder.js';
import { findFreePorts } from '../../systems/processes/free-ports.js';
import { createCertificateAuthority } from '../../systems/tls/certificate-authority.js';
import { roomInside } from './place/enclosure.js';
import { hostsFileOf, type MappedAddress } from './place/mapped-addresses.js';
import type { RoomRequest } from './room.js';
import { partsOf, type RaftAddress, type RoomConfig, renderRoomConfig, sealedRaft } from './room-config.js';

/** Writes what is read at its start. */
export const furnishRoom = async (
  { seal, secrets = {}, pluginFolder, sealPlugin, kind }: RoomRequest,
  folder: string,
  mapped: readonly MappedAddress[],
): Promise<void> => {
  await ensurePrivateFolder(folder);
  for (const part of ['data', 'tmp', 'etc', 'root']) await mkdir(join(folder, part), { mode: 0o700 });
  const seen = kind === 'open' ? folder : roomInside;
  const secretNames = Object.keys(secrets);
  const parts = partsOf(folder);
  const raft = kind === 'open' ? await openRaft() : sealedRaft;
  const authority = await createCertificateAuthority({ commonName: 'room', validDays: 1 });
  const { certificatePem, keyPem } = await authority.issue({
    commonName: 'room',
    dnsNames: [],
    ipAddresses: [raft.host],
    validDays: 1,
  });
  await writePrivateFile(
    parts.config,
    renderRoomConfig({
      folder: seen,
      seal,
      secretNames,
      pluginFolder,
      sealPlugin: sealPlugin === undefined ? undefined : await pluginOf(sealPlugin),
      raft,
    }),
  );
  await writePrivateFile(parts.certificate, certificatePem);
  await writePrivateFile(parts.key, keyPem);
  await writePrivateFile(join(folder, 'etc', 'hosts'), hostsFileOf(mapped));
  await writePrivateFile(join(folder, 'etc', 'nsswitch.conf'), 'hosts: files\n');
  await writePrivateFile(join(folder, 'etc', 'resolv.conf'), '');
  await writePrivateFile(join(folder, 'etc', 'passwd'), `root:x:0:0:root:${roomInside}:/bin/sh\n`);
};

const openRaft = async (): Promise<RaftAddress> => {
  const [apiPort = 0, clusterPort = 0] = await findFreePorts(2);
  return { host: '127.0.0.1', apiPort, clusterPort };
};

/** OpenBao starts no plugin whose digest it was not told. */
const pluginOf = async (path: string): Promise<RoomConfig['sealPlugin']> => {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return { command: basename(path), sha256: hash.digest('hex') };
};
