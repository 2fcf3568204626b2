/** Clusters outside of any room, one a kind of seal, and what a restore test is given of each: its stanza as the cluster has it, and a snapshot. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { openRoom } from '../../../infra/room/open-room.js';
import type { RoomRestore } from '../../../infra/room/restore-into-room.js';
import type { Room, RoomRequest } from '../../../infra/room/room.js';
import { readSealStanza } from '../../../systems/openbao/seal/stanza/read-stanza.js';
import type { SealStanza } from '../../../systems/openbao/seal/stanza/seal-stanza.js';
import { waitUntil } from '../../../systems/waiting/wait-until.js';
import {
  startOpenBaoServer,
  type TestOpenBaoServer,
  type TestTransitSeal,
} from '../../support/servers/openbao-server.js';
import { toolPath } from '../../support/tools.js';

export interface SnapshotOfCluster {
  readonly archive: Buffer;
  readonly clusterId: string;
}

/** Writes something, and takes a snapshot. */
export const snapshotOf = async (
  { openbao }: Pick<TestOpenBaoServer, 'openbao'>,
  rootToken: string,
): Promise<SnapshotOfCluster> => {
  const root = openbao.useToken(rootToken);
  await root.write('sys/mounts/secret', { type: 'kv' });
  await root.write('secret/marker', { value: 'source' });
  const { clusterId = '' } = await openbao.health();
  return { archive: await buffer(await root.downloadSnapshot()), clusterId };
};

/** The stanza as it stands in a cluster's own `seal.hcl`, in a file of the test's. */
export const transitStanza = async (
  { infra, keyName }: TestTransitSeal,
  folder: string,
  more: Readonly<Record<string, string>> = {},
): Promise<SealStanza> => {
  const ca = join(folder, 'ca.pem');
  await writeFile(ca, infra.endpoint.caPem);
  const attributes = {
    address: infra.endpoint.address,
    mount_path: 'transit/',
    key_name: keyName,
    tls_ca_cert: ca,
    tls_server_name: infra.endpoint.serverName,
    ...more,
  };
  const lines = Object.entries(attributes).map(([name, value]) => `  ${name} = ${JSON.stringify(value)}`);
  return readSealStanza(`seal "transit" {\n${lines.join('\n')}\n}\n`, 'seal.hcl');
};

export interface ShamirCluster extends AsyncDisposable {
  readonly snapshot: SnapshotOfCluster;
  readonly shares: readonly string[];
}

export const startShamirCluster = async (name: string): Promise<ShamirCluster> => {
  const server = await startOpenBaoServer(name, { initialize: false, configure: () => ({ seal: undefined }) });
  const { openbao } = server;
  const { shares, rootToken } = await openbao.initialize({ secretShares: 3, secretThreshold: 2 });
  for (const share of shares.slice(0, 2)) await openbao.unseal(share);
  await waitUntil(async () => ((await openbao.health()).status === 200 ? true : undefined), {
    what: name,
    timeoutMs: 30_000,
  });
  return {
    snapshot: await snapshotOf(server, rootToken),
    shares,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
};

/** A folder for rooms, gone with the test, which finds nothing left in it. */
export const roomsFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'rooms-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
};

export const open = async (request: Partial<RoomRequest> & Pick<RoomRequest, 'seal'>): Promise<Room> => {
  const room = await openRoom({
    runId: 'run-1',
    rooms: request.rooms ?? (await roomsFolder()),
    bao: toolPath('bao'),
    storeBytes: 0,
    ...request,
  });
  onTestFinished(() => room.close());
  return room;
};

export const bodyOf = (archive: Buffer): RoomRestore => ({ body: Readable.from([archive]), sizeBytes: archive.length });
