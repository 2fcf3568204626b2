import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StoreComparison } from '../../../../domain/snapshot/store-comparison.js';
import type { OpenBaoSession } from '../../../../systems/openbao/api/client.js';
import { compareSnapshots } from '../../../../systems/openbao/snapshot/compare-snapshots.js';
import { openSnapshot } from '../../../../systems/openbao/snapshot/open-snapshot.js';
import { waitUntil } from '../../../../systems/waiting/wait-until.js';
import {
  createTransitSeal,
  createUser,
  startOpenBaoServer,
  type TestOpenBaoServer,
} from '../../../support/servers/openbao-server.js';
import { type BulkWriter, createBulkWriter } from './bulk-writer.js';

let infra: TestOpenBaoServer;
let source: TestOpenBaoServer;
let target: TestOpenBaoServer;
let recorded: Buffer;
/** At the target, once it has the source's data. */
let restoredRoot: OpenBaoSession;

beforeAll(async () => {
  infra = await startOpenBaoServer('infra');
  const seal = await createTransitSeal(infra, 'shared');
  [source, target] = await Promise.all([
    startOpenBaoServer('source', { seal }),
    startOpenBaoServer('target', { seal }),
  ]);
  await createUser(source, 'verifier', 'verifier-password', { 'sys/storage/raft/snapshot': ['read'] });
  {
    using writer = createBulkWriter(source);
    await fill(writer);
  }
  // Whoever logs in for the first time gets an identity, which is data of the store: here everybody has one already.
  await logInAsVerifier(source);
  await logInInNamespace(source.root);
  recorded = await buffer(await source.root.downloadSnapshot());
  await target.root.restoreSnapshot({ body: streamOf(recorded), sizeBytes: recorded.length });
  const { clusterId } = await source.openbao.health();
  await waitUntil(async () => ((await target.openbao.health()).clusterId === clusterId ? true : undefined), {
    what: "the target to answer with the source's cluster id",
    timeoutMs: 60_000,
  });
  restoredRoot = target.openbao.useToken(source.rootToken);
}, 300_000);

afterAll(async () => {
  for (const server of [source, target, infra]) await server[Symbol.asyncDispose]();
});

const streamOf = (content: Buffer): Readable =>
  Readable.from(
    (function* () {
      for (let at = 0; at < content.length; at += 65_536) yield content.subarray(at, at + 65_536);
    })(),
    { objectMode: false },
  );

const logInAsVerifier = (server: TestOpenBaoServer): Promise<OpenBaoSession> =>
  server.openbao.login({ username: 'verifier', password: 'verifier-password' });

const logInInNamespace = (root: OpenBaoSession) =>
  root.write('team/auth/userpass/login/ann', { password: 'ann-password' });

/** Runs the step for 0 to `count` - 1, so many at a time that Raft commits them together. */
const times = async (count: number, step: (i: number) => Promise<unknown>): Promise<void> => {
  let next = 0;
  const lane = async () => {
    while (next < count) await step(next++);
  };
  await Promise.all(Array.from({ length: 64 }, lane));
};

/** Some of everything people keep in OpenBao. */
const fill = async (root: BulkWriter): Promise<void> => {
  await root.write('sys/namespaces/team', {});
  const mounts = { 'kv-one': 'kv', 'kv-other': 'kv', 'kv-two': 'kv-v2', keys: 'transit', pki: 'pki', 'team/kv': 'kv' };
  for (const [path, type] of Object.entries(mounts)) {
    await root.write(path.replace(/^(team\/)?/, '$1sys/mounts/'), { type });
  }
  await root.write('sys/auth/approle', { type: 'approle' });
  await root.write('team/sys/auth/userpass', { type: 'userpass' });
  await root.write('team/auth/userpass/users/ann', { password: 'ann-password' });
  await waitUntil(
    // A new mount of versioned KV refuses writes for a moment.
    async () => root.write('kv-two/data/first', { data: { n: 0 } }).catch(() => undefined),
    { what: 'versioned KV to take writes', timeoutMs: 10_000 },
  );

  await times(7000, (i) => root.write(`kv-two/data/app-${i % 50}/secret-${i}`, { data: { value: `value-${i}` } }));
  await times(3000, (i) => root.write(`kv-one/app-${i % 20}/secret-${i}`, { value: `value-${i}` }));
  await times(50, (i) => root.write(`kv-other/${i}`, { value: `value-${i}` }));
  await times(50, (i) => root.write(`team/kv/${i}`, { value: `value-${i}` }));
  await times(200, (i) => root.write(`keys/keys/key-${i}`, { type: i % 2 === 0 ? 'aes256-gcm96' : 'ed25519' }));
  await times(20, (i) => root.write(`auth/userpass/users/user-${i}`, { password: `password-${i}` }));
  await times(500, async (i) => {
    await root.write(`auth/approle/role/role-${i}`, { token_policies: [`policy-${i % 200}`] });
    await root.write(`auth/approle/role/role-${i}/secret-id`, {});
  });
  await times(200, (i) =>
    root.write(`sys/policies/acl/policy-${i}`, { policy: `path "kv-one/app-${i}/*" { capabilities = ["read"] }` }),
  );
  await times(200, async (i) => {
    const entity = await root.write('identity/entity', { name: `entity-${i}`, policies: [`policy-${i}`] });
    await root.write('identity/group', { name: `group-${i}`, member_entity_ids: [entity?.['id']] });
  });
  await fillPki(root);
};

const fillPki = async (root: BulkWriter): Promise<void> => {
  await root.write('pki/root/generate/internal', { common_name: 'Example Root', key_type: 'ec', ttl: '24h' });
  const role = { allowed_domains: ['example.com'], allow_subdomains: true, key_type: 'ec', generate_lease: true };
  await root.write('pki/roles/web', role);
  await times(30, (i) => root.write('pki/issue/web', { common_name: `web-${i}.example.com`, ttl: '12h' }));
};

/** The target as it is now, with the recorded snapshot. */
const compareNow = async (): Promise<StoreComparison> => {
  const verifier = await logInAsVerifier(target);
  const [ours, theirs] = [openSnapshot(streamOf(recorded)), openSnapshot(await verifier.downloadSnapshot())];
  const comparison = await compareSnapshots({ source: ours.entries, target: theirs.entries });
  await Promise.all([ours.summary, theirs.summary, verifier.revokeSelf()]);
  return comparison;
};

/** The groups that differ: changed, missing, added. */
const differencesIn = ({ groups }: StoreComparison) =>
  Object.fromEntries(
    groups
      .map(({ name, changed, missing, added }) => [name, [changed, missing, added]] as const)
      .filter(([, counts]) => counts.some((count) => count > 0)),
  );

/** The group of a mount's entries. */
const groupOf = async (path: string): Promise<string> => {
  const mount = (await restoredRoot.read('sys/mounts'))?.[path] as { readonly uuid: string };
  return `logical/${mount.uuid}`;
};

describe('a restored target', () => {
  it('has every key and value of the source: what differs was written by being alive and by logins', async () => {
    await expect(target.openbao.login({ username: 'verifier', password: 'wrong' })).rejects.toMatchObject({
      type: 'LoginRefused',
    });
    await logInInNamespace(restoredRoot);
    const found = await compareNow();
    expect(differencesIn(found)).toEqual({});
    expect(found.equal).toBe(true);
    expect(found.entries.source).toBeGreaterThan(20_000);
    expect(found.entries.target).toBe(found.entries.source);
    expect(found.explained.map(({ pattern }) => pattern)).toEqual(
      expect.arrayContaining(['core/leader/*', 'core/lock', 'sys/token/id/*', 'namespaces/*/sys/token/id/*']),
    );
  });

  it('is found changed by one value, one key less and one more, each in its mount and nowhere else', async () => {
    const [one, other] = [await groupOf('kv-one/'), await groupOf('kv-other/')];
    await restoredRoot.write('kv-one/app-0/secret-0', { value: 'changed' });
    const changed = await compareNow();
    expect(changed.equal).toBe(false);
    expect(differencesIn(changed)).toEqual({ [one]: [1, 0, 0] });

    await restoredRoot.remove('kv-one/app-1/secret-1');
    expect(differencesIn(await compareNow())).toEqual({ [one]: [1, 1, 0] });

    await restoredRoot.write('kv-other/new', { value: 'new' });
    expect(differencesIn(await compareNow())).toEqual({ [one]: [1, 1, 0], [other]: [0, 0, 1] });
  });

  it('is found changed when it revoked a lease that is not of a login, which also has an entry by its token', async () => {
    const leases = await restoredRoot.read('sys/leases/lookup/pki/issue/web?list=true');
    const [lease] = leases?.['keys'] as string[];
    await restoredRoot.write('sys/leases/revoke', { lease_id: `pki/issue/web/${lease}` });
    expect(differencesIn(await compareNow())).toMatchObject({ 'sys/expire': [0, 2, 0] });
  });
});
