/** Gives a new server its mounts and least identities. The root token lives for these few requests and is revoked. */
import { rm } from 'node:fs/promises';
import type { Progress } from '../../../activities/ports/provisioning.js';
import { isKnownFailure } from '../../../domain/known-failure.js';
import type { OpenBao } from '../../../systems/openbao/api/client.js';
import { waitUntil } from '../../../systems/waiting/wait-until.js';
import type { LaneRecordFile } from './lane-record.js';
import type { ServerName } from '../made/names.js';
import { setUpInfra } from '../made/set-up/set-up-infra.js';
import { setUpSite } from '../made/set-up/set-up-site.js';
import { sealKeysOf } from '../made/set-up/seal-keys.js';
import { type ServerContext, startServer } from './start-server.js';

/**
 * Makes one server ready: initialised, unsealed, set up. A server whose set-up was cut short is wiped and made anew, as
 * its root token is gone: nothing half-made is ever adopted.
 */
export const ensureServer = async (
  context: ServerContext,
  recordFile: LaneRecordFile,
  name: ServerName,
  progress: Progress,
): Promise<void> => {
  const ready = (await recordFile.read())?.ready.includes(name) === true;
  if (!ready) await wipeServer(context, recordFile, name);
  const openbao = await startServer(context, name);
  if (!ready) {
    const { rootToken } = await openbao.initialize({ recoveryShares: 1, recoveryThreshold: 1 });
    await unsealed(openbao, name, context.signal);
    const root = openbao.useToken(rootToken);
    const { lane } = context.record;
    const { materials, signal } = context;
    await (name === 'infra'
      ? setUpInfra(infraSetUp(context), root)
      : setUpSite({ lane, materials, signal }, root, name));
    await root.revokeSelf();
    await recordFile.update((record) => {
      record.ready.push(name);
      if (name === 'target') delete record.targetUsedBy;
    });
    progress(`${name}: initialised, set up, root token revoked`);
    return;
  }
  if (await staysSealed(openbao)) {
    progress(`${name}: sealed, restarted`);
    await context.supervisor.stop(`bao-${name}`);
    await startServer(context, name);
  }
  await unsealed(openbao, name, context.signal);
};

/** A server that lost Transit in the middle of a restore seals itself, and tries again only when it starts. */
const staysSealed = async (openbao: OpenBao): Promise<boolean> => {
  const sealed = async (): Promise<boolean> => (await openbao.health()).sealed === true;
  if (!(await sealed())) return false;
  const opened = waitUntil(async () => ((await sealed()) ? undefined : true), {
    what: 'the server to unseal by itself',
    timeoutMs: sealedForMs,
  });
  return opened.then(
    () => false,
    (error: unknown) => {
      if (isKnownFailure(error, 'TimedOut')) return true;
      throw error;
    },
  );
};

const sealedForMs = 3_000;

/**
 * Ends the server and removes its data; its certificates and ports stay. That it is to be set up anew is written down before its
 * data goes; on a full disk its log and then its data go first, which makes room for that.
 */
export const wipeServer = async (
  { supervisor, paths }: Pick<ServerContext, 'supervisor' | 'paths'>,
  recordFile: LaneRecordFile,
  name: ServerName,
): Promise<void> => {
  const { data, log } = paths.server(name);
  const removeData = (): Promise<void> => rm(data, { recursive: true, force: true });
  const forget = (): Promise<unknown> =>
    recordFile.update((record) => {
      record.ready = record.ready.filter((other) => other !== name);
    });
  await supervisor.stop(`bao-${name}`);
  try {
    await forget();
  } catch (error) {
    if (!isKnownFailure(error, 'DiskFull')) throw error;
    await rm(log, { force: true });
    await removeData();
    await forget();
  }
  await removeData();
};

const unsealed = (openbao: OpenBao, name: ServerName, signal: AbortSignal | undefined): Promise<true> =>
  waitUntil(async () => ((await openbao.health()).status === 200 ? true : undefined), {
    what: `OpenBao ${name} to be unsealed and active`,
    timeoutMs: 60_000,
    intervalMs: 50,
    ...(signal === undefined ? {} : { signal }),
  });

const infraSetUp = ({ record, materials, paths }: ServerContext) => ({
  lane: record.lane,
  materials,
  sealKeys: sealKeysOf(record),
  evidenceKeys: paths.evidenceKeys,
});
