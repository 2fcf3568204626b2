/**
 * What no check of keys and values sees, on real servers: an audit device that the target cannot take, a tenant that stays sealed,
 * a standby that would take a restore and seal itself, a quota that the drill would hit, a seal token that is gone.
 */
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkSafeguards } from '../../activities/preflight/check-safeguards.js';
import { checkSealUsable } from '../../activities/preflight/check-seals.js';
import { createObserveRestore } from '../../activities/restore/observe-restore.js';
import { createObserveSeal } from '../../activities/unseal/observe-seal.js';
import { checkRestoredStore } from '../../activities/verify/check-restored-store.js';
import { settleSeconds } from '../../domain/recovery/restore-outcome.js';
import { lastErrorIn } from '../../domain/pair/server-log.js';
import type { SnapshotInspection } from '../../domain/snapshot/inspection.js';
import type { TargetSite, Topology } from '../../domain/pair/topology.js';
import { setUpSite } from '../../infra/lanes/made/set-up/set-up-site.js';
import { backupUser, restoreUser, verifierUser } from '../../infra/lanes/made/set-up/set-up-site.js';
import { inspectSnapshot } from '../../systems/openbao/snapshot/inspect-snapshot.js';
import { waitUntil } from '../../systems/waiting/wait-until.js';
import {
  createTransitSeal,
  startOpenBaoServer,
  type TestOpenBaoServer,
  type TestTransitSeal,
} from '../support/servers/openbao-server.js';
import { exampleTopology } from '../support/drills/example-topology.js';
import { toolPath } from '../support/tools.js';
import { portsOver, ref, runActivity, type TestPorts } from './support.js';

const password = 'a-password';
let infra: TestOpenBaoServer;
let shared: TestTransitSeal;
let source: TestOpenBaoServer;
/** A node that joins the source's cluster, and is its standby. */
let standby: TestOpenBaoServer;
/** Its audit device has the path of the source's, and another file. */
let target: TestOpenBaoServer;
/** As it should be: the very same device. */
let twin: TestOpenBaoServer;
let unsealKey: string;
let snapshot: Buffer;
let inspection: SnapshotInspection;
let ports: TestPorts;

const auditTo = (file: string) => ({ audit: [{ type: 'file', path: 'main', options: { file_path: file } }] });

beforeAll(async () => {
  infra = await startOpenBaoServer('infra');
  shared = await createTransitSeal(infra, 'shared');
  let sourceFile = '';
  source = await startOpenBaoServer('source', {
    seal: shared,
    configure: (folder) => auditTo((sourceFile = `${folder}/audit.log`)),
  });
  [target, twin, standby] = await Promise.all([
    startOpenBaoServer('target', { seal: shared, configure: (folder) => auditTo(`${folder}/audit.log`) }),
    startOpenBaoServer('twin', { seal: shared, configure: () => auditTo(sourceFile) }),
    startOpenBaoServer('standby', { seal: shared, initialize: false, configure: () => auditTo(sourceFile) }),
  ]);
  const materials = { read: async () => password, write: async () => undefined };
  await setUpSite({ lane: 'local', materials }, source.root, 'source');
  for (const server of [target, twin]) await setUpSite({ lane: 'local', materials }, server.root, 'target');

  const bao = (...args: readonly string[]) =>
    execa(toolPath('bao'), [...args], {
      env: { BAO_ADDR: source.endpoint.address, BAO_TOKEN: source.rootToken, BAO_SKIP_VERIFY: '1' },
      extendEnv: false,
    });
  await bao('namespace', 'create', 'plain');
  const { stdout } = await bao('namespace', 'create', '-namespace=plain', '-key-shares=1', '-key-threshold=1', 'own');
  unsealKey = /Unseal Key 1: (\S+)/.exec(stdout)?.[1] ?? '';
  await source.root.write('plain/sys/namespaces/own/unseal', { key: unsealKey });

  const servers = { infra, source, target, twin };
  ports = portsOver({
    ...Object.fromEntries(Object.entries(servers).map(([name, { endpoint }]) => [`${name}-ca`, endpoint.caPem])),
    'seal-token': shared.token,
    password,
  });
  snapshot = await buffer(await source.root.downloadSnapshot());
  ({ inspection } = await inspectSnapshot(Readable.from([snapshot])));
});

afterAll(async () => {
  for (const server of [standby, source, target, twin, infra]) await server[Symbol.asyncDispose]();
});

const endpointOf = (name: string, { endpoint: { address, serverName } }: TestOpenBaoServer) => ({
  address,
  serverName,
  ca: ref(`${name}-ca`),
});
const login = (username: string) => ({ username, password: ref('password') });

const pairWith = (name: 'target' | 'twin', server: TestOpenBaoServer): Topology => {
  const seal = { ...endpointOf('infra', infra), keyName: 'shared', token: ref('seal-token') };
  return exampleTopology({
    source: { ...endpointOf('source', source), seal, backup: login(backupUser), verifier: login(verifierUser) },
    target: { ...endpointOf(name, server), seal, restore: login(restoreUser) },
  });
};
const inActivity = <T>(step: () => Promise<T>): Promise<T> => runActivity(step, undefined);
const restoreInto = (server: TestOpenBaoServer) =>
  server.root.restoreSnapshot({ body: Readable.from([snapshot]), sizeBytes: snapshot.length });

describe('before the restore', () => {
  it('compares audit devices and sees the storage, with the identities that a lane has', async () => {
    const found = await inActivity(() => checkSafeguards(ports.sites, pairWith('target', target)));
    expect(found.checks).toMatchObject([
      { name: 'raft-storage', outcome: 'passed', observed: 'source raft, 1 voter, target raft, 1 voter' },
      { name: 'audit-devices-equal', outcome: 'failed' },
    ]);
    expect(found.checks[1]?.observed).toMatch(
      /^main\/ differs \(file_path \S+audit\.log and \S+audit\.log\), so the restored target would never become active: give both sites the same audit stanzas$/,
    );
    expect(found).toMatchObject({ warnings: [], externalMounts: [] });

    const same = await inActivity(() => checkSafeguards(ports.sites, pairWith('twin', twin)));
    expect(same.checks[1]).toMatchObject({ outcome: 'passed', observed: 'the same: main/' });
  });

  it('warns of a quota that it meets itself, and waits out its refusals meanwhile', async () => {
    await source.root.write('sys/quotas/rate-limit/tiny', { rate: 3 });
    try {
      const { warnings } = await inActivity(() => checkSafeguards(ports.sites, pairWith('twin', twin)));
      expect(warnings).toMatchObject([{ name: 'rate-limit-quotas' }]);
      expect(warnings[0]?.sentence).toContain('tiny of the source (all paths: 3 requests a second)');
    } finally {
      await waitUntil(
        () =>
          source.root.remove('sys/quotas/rate-limit/tiny').then(
            () => true,
            () => undefined,
          ),
        { what: 'the quota to be removed', timeoutMs: 10_000 },
      );
    }
  });

  it('fails a seal whose token can no longer use its key, which the running server does not show', async () => {
    const other = await createTransitSeal(infra, 'shared');
    const { target: site } = pairWith('twin', twin);
    const withToken = portsOver({ 'infra-ca': infra.endpoint.caPem, 'seal-token': other.token });
    await expect(inActivity(() => checkSealUsable(withToken, site))).resolves.toMatchObject({
      name: 'target-seal-usable',
      outcome: 'passed',
    });
    await infra.openbao
      .useToken(other.token)
      .revokeSelf()
      .catch(() => undefined);
    await infra.root.write('auth/token/revoke', { token: other.token });
    const refused = await inActivity(() => checkSealUsable(withToken, site));
    expect(refused).toMatchObject({ outcome: 'failed' });
    expect(refused.observed).toContain('Transit does not know the seal token');
  });

  it('counts the namespaces with a seal of their own in the snapshot', () => {
    expect(inspection.ownSeals).toMatchObject({ namespaces: 1 });
    expect(inspection.ownSeals?.ids).toHaveLength(1);
  });
});

describe('a standby', () => {
  beforeAll(async () => {
    await standby.root.write('sys/storage/raft/join', {
      leader_api_addr: source.endpoint.address,
      leader_ca_cert: source.endpoint.caPem,
    });
    await waitUntil(async () => ((await standby.openbao.health()).status === 429 ? true : undefined), {
      what: 'the node to have joined',
      timeoutMs: 30_000,
    });
  });

  it('is sent no restore: it would answer 204, seal itself and apply nothing', async () => {
    const asRoot = standby.openbao.useToken(source.rootToken);
    const body = Readable.from([snapshot]);
    await expect(asRoot.restoreSnapshot({ body, sizeBytes: snapshot.length })).rejects.toMatchObject({
      type: 'NotTheActiveNode',
      retryable: false,
    });
    expect(body.destroyed).toBe(true);
    expect(await standby.openbao.health()).toMatchObject({ status: 429, sealed: false });
    expect(await readFile(standby.logFile, 'utf8')).not.toContain('failed to restore snapshot');
  });

  it('is told apart from the active node when it sends a snapshot, which it does without a word', async () => {
    const kinds: unknown[] = [];
    for (const server of [standby, source]) {
      const session = server.openbao.useToken(source.rootToken);
      await buffer(await session.downloadSnapshot({ onNode: (kind) => kinds.push(kind) }));
    }
    expect(kinds).toEqual(['standby', 'active']);
  });
});

describe('after the restore', () => {
  const quickly = { settle: { ...settleSeconds, 'not-active': 2 } };

  it('tells a target that has the data and does not become active from one that serves', async () => {
    const ids = {
      sourceClusterId: (await source.openbao.health()).clusterId ?? '',
      previousClusterId: (await target.openbao.health()).clusterId ?? '',
    };
    await restoreInto(target);
    const input = { target: pairWith('target', target).target, ...ids, timeoutSeconds: 60 };
    const observe = () => runActivity(createObserveRestore(ports, quickly), input);
    // It seals itself over the audit device, and started again it is a standby for ever.
    expect(await observe()).toBe('sealed');
    await target.stop();
    await target.start();
    expect(await observe()).toBe('not-active');
    expect(lastErrorIn(await readFile(target.logFile, 'utf8'))).toContain(
      'modifications to audit devices are not allowed',
    );
  });

  it('finds the tenant that nobody has unsealed, and lets the target pass once somebody did', async () => {
    await restoreInto(twin);
    const twinSite: TargetSite = pairWith('twin', twin).target;
    await runActivity(createObserveRestore(ports, quickly), {
      target: twinSite,
      sourceClusterId: (await source.openbao.health()).clusterId ?? '',
      previousClusterId: '',
      timeoutSeconds: 60,
    });
    await runActivity(createObserveSeal(ports), { target: twinSite, timeoutSeconds: 60 });
    const look = (...sealedNamespaces: readonly string[]) =>
      inActivity(() =>
        checkRestoredStore(ports.sites, {
          topology: pairWith('twin', twin),
          hasPlugins: true,
          externalMounts: [],
          ...(inspection.ownSeals && { ownSeals: inspection.ownSeals }),
          sealedNamespaces,
        }),
      );
    const [mounts, namespaces] = await look();
    expect(mounts).toMatchObject({ name: 'mounts-alive', outcome: 'passed' });
    expect(mounts?.observed).toContain('the mounts of 1 namespace were not seen');
    expect(namespaces).toMatchObject({ name: 'namespaces-unsealed', outcome: 'failed' });
    expect(namespaces?.observed).toMatch(/^sealed: plain\/own\/; their clients have no service/);

    const [, named] = await look('plain/own');
    expect(named).toMatchObject({
      outcome: 'passed',
      expected: 'every namespace with a seal of its own is unsealed on the target, or named by the plan: plain/own',
      observed: '1 namespace has such a seal, sealed as the plan expects: plain/own',
    });
    expect(await look('plain/other')).toMatchObject([{ outcome: 'passed' }, { outcome: 'failed' }]);

    await twin.openbao.useToken(source.rootToken).write('plain/sys/namespaces/own/unseal', { key: unsealKey });
    expect((await look()).map(({ outcome }) => outcome)).toEqual(['passed', 'passed']);
  });
});
