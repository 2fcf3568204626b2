/** A lane's S3 server as a process, and its one bucket: RustFS where there is one, as in the baseline, else SeaweedFS. */
import { rm } from 'node:fs/promises';
import type { Materials } from '../../../../activities/ports/materials.js';
import { baseline } from '../../../../domain/pair/topology.js';
import { ensurePrivateFolder } from '../../../../systems/files/private-folder.js';
import { writePrivateFile } from '../../../../systems/files/private-file.js';
import { createObjectStore } from '../../../../systems/object-store/client.js';
import { seaweedGuardFiles } from '../../../../systems/object-store/seaweed-guard.js';
import {
  rustfsCommand,
  type S3Identity,
  type S3ServerCommand,
  type S3ServerOptions,
  seaweedCommand,
} from '../../../../systems/object-store/server-command.js';
import { awaitProcess } from './await-process.js';
import { bucketRegion } from '../lane-bucket.js';
import { type LaneMaterial, materialRef } from '../lane-materials.js';
import type { Supervisor } from './supervisor.js';

export interface StorageServer {
  readonly storage: 'weed' | 'rustfs';
  readonly ports: { readonly storage: number; readonly storageInternal: readonly number[] };
}

export interface StorageContext {
  readonly paths: { readonly storage: { readonly home: string; readonly log: string } };
  readonly record: StorageServer & { readonly lane: string };
  /** Address of this machine to listen on. Default: 127.0.0.1. */
  readonly host?: string;
  readonly supervisor: Pick<Supervisor, 'ensure' | 'isRunning'>;
  readonly materials: Materials;
  /** Path of the S3 server's program. */
  readonly program: string;
  readonly signal?: AbortSignal | undefined;
}

export const ensureStorage = async (context: StorageContext): Promise<void> => {
  const { paths, record, host = '127.0.0.1', supervisor, program, signal } = context;
  const { home, log } = paths.storage;
  const owner = await identity(context, 'owner', 'bucketOwnerKey', 'bucketOwnerSecret', 'everything');
  const command = commandOf(record, home, [owner, ...(await pairIdentities(context))], host);
  await ensurePrivateFolder(home);
  for (const folder of command.folders) await ensurePrivateFolder(folder);
  await supervisor.ensure({
    name: 'storage',
    ports: [record.ports.storage, ...record.ports.storageInternal],
    prepare: async () => {
      const guard = record.storage === 'weed' ? await seaweedGuardFiles(home) : [];
      for (const { path, content } of [...command.files, ...guard]) await writePrivateFile(path, content);
    },
    file: program,
    args: command.args,
    env: command.env,
    cwd: home,
    logFile: log,
  });

  const endpoint = `http://${host}:${record.ports.storage}`;
  await awaitProcess(
    supervisor,
    { name: 'storage', what: 'The S3 server', logFile: log, timeoutMs: 60_000, signal },
    () => answers(`${endpoint}${command.healthPath}`),
  );
  await ensureBucket(endpoint, owner);
};

/** The one bucket that a drill's snapshots go to. */
export const ensureBucket = async (
  endpoint: string,
  { accessKeyId, secretAccessKey }: Pick<S3Identity, 'accessKeyId' | 'secretAccessKey'>,
): Promise<void> => {
  const store = createObjectStore({
    endpoint,
    region: bucketRegion,
    bucket: baseline.bucket,
    forcePathStyle: true,
    accessKeyId,
    secretAccessKey,
  });
  try {
    await store.ensureBucket();
  } finally {
    store.close();
  }
};

/** Removes what the server leaves outside the lane's folder. */
export const removeStorageLeftovers = async (record: StorageServer): Promise<void> => {
  const nobody: S3Identity = { name: '', accessKeyId: '', secretAccessKey: '', may: 'everything' };
  const { leftovers } = commandOf(record, '', [nobody], '');
  await Promise.all(leftovers.map((path) => rm(path, { force: true })));
};

const commandOf = (
  record: StorageServer,
  home: string,
  identities: S3ServerOptions['identities'],
  host: string,
): S3ServerCommand => {
  const { storage: port, storageInternal: internalPorts } = record.ports;
  const options = { home, host, port, internalPorts, identities };
  return record.storage === 'rustfs' ? rustfsCommand(options) : seaweedCommand(options);
};

/** The source's side writes snapshots, the target's side can only read them. */
const pairIdentities = (context: StorageContext): Promise<S3Identity[]> =>
  Promise.all([
    identity(context, 'source', 'bucketSourceKey', 'bucketSourceSecret', {
      bucket: baseline.bucket,
      actions: ['Read', 'Write', 'List', 'Tagging'],
    }),
    identity(context, 'target', 'bucketTargetKey', 'bucketTargetSecret', {
      bucket: baseline.bucket,
      actions: ['Read', 'List'],
    }),
  ]);

const identity = async (
  { materials, record }: StorageContext,
  name: string,
  key: LaneMaterial,
  secret: LaneMaterial,
  may: S3Identity['may'],
): Promise<S3Identity> => ({
  name,
  accessKeyId: await materials.read(materialRef(record.lane, key)),
  secretAccessKey: await materials.read(materialRef(record.lane, secret)),
  may,
});

export const answers = async (url: string): Promise<boolean> => {
  const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
  // Not read: whatever listens there may never end what it says.
  await response?.body?.cancel().catch(() => undefined);
  return response?.ok === true;
};
