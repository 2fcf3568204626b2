/** Real S3 servers for tests, each alone in its folder on free loopback ports, gone with all they leave. */
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { createObjectStore, type ObjectStore, type ObjectStoreOptions } from '../../../systems/object-store/client.js';
import { seaweedGuardFiles } from '../../../systems/object-store/seaweed-guard.js';
import {
  rustfsCommand,
  type S3Identity,
  seaweedCommand,
  seaweedInternalPorts,
} from '../../../systems/object-store/server-command.js';
import { startBackgroundProcess, stopBackgroundProcess } from '../../../systems/processes/background-process.js';
import { findFreePorts } from '../../../systems/processes/free-ports.js';
import { readLogTail } from '../../../systems/processes/log-tail.js';
import { waitUntil } from '../../../systems/waiting/wait-until.js';
import { toolPath } from '../tools.js';

/** SeaweedFS takes 15 s to stop by itself; its data is not needed any more. */
const STOP_GRACE_MS = 300;

export type S3ServerKind = 'seaweed' | 'rustfs';

/** SeaweedFS always, RustFS where there is one. */
export const s3ServerKinds = (): S3ServerKind[] => [
  'seaweed',
  ...(inject('toolPaths').rustfs === undefined ? [] : (['rustfs'] as const)),
];

export interface TestS3Server extends AsyncDisposable {
  readonly kind: S3ServerKind;
  /** Access of the server's owner to a bucket that exists. */
  readonly access: ObjectStoreOptions & { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** What it listens on for itself: open to nobody. */
  readonly internalPorts: readonly number[];
  readonly store: ObjectStore;
  stop(): Promise<void>;
}

/** Starts a server, and waits until it has a bucket. `others` are identities besides the owner; SeaweedFS only. */
export const startS3Server = async (
  kind: S3ServerKind = 'seaweed',
  others: readonly S3Identity[] = [],
): Promise<TestS3Server> => {
  const home = await mkdtemp(join(tmpdir(), `${kind}-`));
  const [port = 0, ...internalPorts] = await findFreePorts(1 + (kind === 'seaweed' ? seaweedInternalPorts : 0));
  const keys = { accessKeyId: randomBytes(10).toString('hex'), secretAccessKey: randomBytes(20).toString('hex') };
  const owner: S3Identity = { name: 'owner', ...keys, may: 'everything' };
  const options = { home, port, internalPorts, identities: [owner, ...others] as const };
  const { args, env, files, folders, leftovers, healthPath } =
    kind === 'seaweed' ? seaweedCommand(options) : rustfsCommand(options);
  for (const folder of folders) await mkdir(folder, { recursive: true });
  const guard = kind === 'seaweed' ? await seaweedGuardFiles(home) : [];
  for (const { path, content } of [...files, ...guard]) await writeFile(path, content, { mode: 0o600 });

  const file = kind === 'seaweed' ? toolPath('weed') : (inject('toolPaths').rustfs ?? '');
  await chmod(file, 0o755).catch(() => undefined);
  const logFile = join(home, 'server.log');
  const running = await startBackgroundProcess({ file, args, env, cwd: home, logFile });

  const endpoint = `http://127.0.0.1:${port}`;
  const access = { endpoint, region: 'us-east-1', bucket: 'test-bucket', forcePathStyle: true, ...keys };
  const store = createObjectStore(access);
  const dispose = async () => {
    store.close();
    await stopBackgroundProcess(running, { graceMs: STOP_GRACE_MS });
    await Promise.all([home, ...leftovers].map((path) => rm(path, { recursive: true, force: true })));
  };
  try {
    await waitUntil(() => answers(`${endpoint}${healthPath}`), {
      what: `${kind} to answer`,
      timeoutMs: 60_000,
      intervalMs: 50,
    });
    await store.ensureBucket();
  } catch (error) {
    const log = await readLogTail(logFile);
    await dispose();
    throw new Error(`${String(error)}\n${log}`, { cause: error });
  }
  return {
    kind,
    access,
    internalPorts,
    store,
    stop: async () => {
      await stopBackgroundProcess(running, { graceMs: STOP_GRACE_MS });
    },
    [Symbol.asyncDispose]: dispose,
  };
};

const answers = async (url: string): Promise<true | undefined> =>
  (await fetch(url).catch(() => undefined))?.ok === true ? true : undefined;
