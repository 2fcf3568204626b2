/** Gives a new server its mounts and least identities. The root token lives for these few requests and is revoked. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Progress } from '../../domain/lane.js';
import { baseline } from '../../domain/topology.js';
import { isKnownFailure } from '../../domain/known-failure.js';
import { markerApiPath } from '../../domain/marker.js';
import { writePrivateFile } from '../../systems/files/private-file.js';
import type { OpenBao, OpenBaoSession } from '../../systems/openbao/client.js';
import { publicKeyFingerprint, readEvidencePublicKey } from '../../systems/openbao/evidence-key.js';
import { snapshotPath } from '../../systems/openbao/snapshot-path.js';
import { waitUntil } from '../../systems/wait-until.js';
import type { LaneRecordFile, ServerName } from './lane-record.js';
import { type LaneMaterial, materialRef } from './materials.js';
import { sealKeyOf, type ServerContext, startServer, transitMount } from './start-server.js';

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
    await (name === 'infra' ? setUpInfra(context, root) : setUpSite(context, root, name));
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

/** Ends the server and removes its data; its certificates and ports stay. */
export const wipeServer = async (
  { supervisor, paths }: Pick<ServerContext, 'supervisor' | 'paths'>,
  recordFile: LaneRecordFile,
  name: ServerName,
): Promise<void> => {
  await recordFile.update((record) => {
    record.ready = record.ready.filter((other) => other !== name);
  });
  await supervisor.stop(`bao-${name}`);
  await rm(paths.server(name).data, { recursive: true, force: true });
};

const unsealed = (openbao: OpenBao, name: ServerName, signal: AbortSignal | undefined): Promise<true> =>
  waitUntil(async () => ((await openbao.health()).status === 200 ? true : undefined), {
    what: `OpenBao ${name} to be unsealed and active`,
    timeoutMs: 60_000,
    intervalMs: 50,
    ...(signal === undefined ? {} : { signal }),
  });

/** Rules of a policy: path → capabilities. */
type Rules = Readonly<Record<string, readonly string[]>>;

const writePolicy = (root: OpenBaoSession, name: string, rules: Rules) =>
  root.write(`sys/policies/acl/${name}`, {
    policy: Object.entries(rules)
      .map(([path, capabilities]) => `path "${path}" { capabilities = ${JSON.stringify(capabilities)} }`)
      .join('\n'),
  });

/** What every login may do with its own token. The default policy, which allows much more, is not attached. */
const ownToken: Rules = {
  'auth/token/revoke-self': ['update'],
  'auth/token/lookup-self': ['read'],
  'sys/capabilities-self': ['update'],
};

/** What a token of infra may do besides: look at itself, and live on. */
const looksAfterItself: Rules = {
  'auth/token/lookup-self': ['read'],
  'auth/token/renew-self': ['update'],
};

const tokenPeriod = '768h';

/** May encrypt and decrypt with one key, and nothing else. */
const sealRules = (key: string): Rules => ({
  [`${transitMount}/encrypt/${key}`]: ['update'],
  [`${transitMount}/decrypt/${key}`]: ['update'],
  ...looksAfterItself,
});

/** Transit, one key for each use, and for each user of a key a token that may do nothing but use it. */
const setUpInfra = async (context: ServerContext, root: OpenBaoSession): Promise<void> => {
  const { record, materials } = context;
  await root.write(`sys/mounts/${transitMount}`, { type: 'transit' });
  for (const key of new Set([sealKeyOf(record, 'source'), sealKeyOf(record, 'target')])) {
    await root.write(`${transitMount}/keys/${key}`, {});
  }
  for (const side of ['source', 'target'] as const) {
    const token = await makeToken(root, `${side}-seal`, sealRules(sealKeyOf(record, side)));
    await materials.write(materialRef(record.lane, side === 'source' ? 'sourceSealToken' : 'targetSealToken'), token);
  }
  await root.write(`${transitMount}/keys/${baseline.sealControlKey}`, {});
  const controlToken = await makeToken(root, baseline.sealControlKey, sealRules(baseline.sealControlKey));
  await materials.write(materialRef(record.lane, 'sealControlToken'), controlToken);
  await setUpEvidenceKey(context, root);
};

/** Its public half is kept twice: for the lane, and beside the reports, which are to be verified when the lane is gone. */
const setUpEvidenceKey = async ({ record, materials, paths }: ServerContext, root: OpenBaoSession): Promise<void> => {
  const key = { mountPath: transitMount, keyName: baseline.evidenceKey };
  await root.write(`${key.mountPath}/keys/${key.keyName}`, { type: 'ed25519' });
  const token = await makeToken(root, key.keyName, {
    [`${key.mountPath}/sign/${key.keyName}`]: ['update'],
    ...looksAfterItself,
  });
  await materials.write(materialRef(record.lane, 'evidenceToken'), token);
  const publicKeyPem = await readEvidencePublicKey(root, key);
  await materials.write(materialRef(record.lane, 'evidencePublicKey'), publicKeyPem);
  const file = `${record.lane}-${publicKeyFingerprint(publicKeyPem).slice(0, 16)}.pem`;
  await writePrivateFile(join(paths.evidenceKeys, file), publicKeyPem);
};

const makeToken = async (root: OpenBaoSession, policy: string, rules: Rules): Promise<string> => {
  await writePolicy(root, policy, rules);
  return root.createOrphanToken({ policies: [policy], period: tokenPeriod, displayName: policy });
};

interface Identity {
  readonly username: string;
  readonly password: LaneMaterial;
  readonly rules: Rules;
}

export const seederUser = 'drill-seed';
export const backupUser = 'drill-backup';
export const verifierUser = 'drill-verify';
export const restoreUser = 'drill-restore';

const seederRules: Rules = {
  [`auth/userpass/users/${baseline.adminUser}`]: ['create', 'update'],
  [markerApiPath]: ['create', 'update'],
};

const identitiesOf: Record<'source' | 'target', readonly Identity[]> = {
  source: [
    { username: seederUser, password: 'sourceSeeder', rules: seederRules },
    { username: backupUser, password: 'backup', rules: { [snapshotPath]: ['read'] } },
    {
      username: verifierUser,
      password: 'verifier',
      rules: { [snapshotPath]: ['read'], 'sys/mounts': ['read'], 'sys/auth': ['read'] },
    },
  ],
  target: [
    { username: seederUser, password: 'targetSeeder', rules: seederRules },
    { username: restoreUser, password: 'restore', rules: { [snapshotPath]: ['update'] } },
  ],
};

/** Userpass, a KV store, and the identities a drill uses on this side. */
const setUpSite = async (
  { record, materials, signal }: ServerContext,
  root: OpenBaoSession,
  side: 'source' | 'target',
): Promise<void> => {
  await root.write('sys/auth/userpass', { type: 'userpass' });
  await root.write(`sys/mounts/${baseline.markerMount}`, { type: 'kv', options: { version: '2' } });
  await writePolicy(root, baseline.adminUser, {
    ...ownToken,
    [`${baseline.markerMount}/data/*`]: ['create', 'read', 'update'],
  });
  for (const { username, password, rules } of identitiesOf[side]) {
    await writePolicy(root, username, { ...ownToken, ...rules });
    await root.write(`auth/userpass/users/${username}`, {
      password: await materials.read(materialRef(record.lane, password)),
      token_policies: [username],
      token_no_default_policy: true,
      token_ttl: '15m',
    });
  }
  await kvReady(root, signal);
};

/** A new KV version 2 mount upgrades itself in the background and refuses requests meanwhile. */
const kvReady = (root: OpenBaoSession, signal: AbortSignal | undefined): Promise<true> =>
  waitUntil(
    async () => {
      try {
        await root.read(`${baseline.markerMount}/config`);
        return true;
      } catch (error) {
        if (isKnownFailure(error, 'OpenBaoRequestFailed')) return undefined;
        throw error;
      }
    },
    {
      what: 'the KV store to be ready',
      timeoutMs: 15_000,
      intervalMs: 50,
      ...(signal === undefined ? {} : { signal }),
    },
  );
