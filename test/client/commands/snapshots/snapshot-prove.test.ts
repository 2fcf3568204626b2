import { createLogIn } from '../../../../infra/connect/credentials/log-in.js';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBuckets } from '../../../../activities/connect/buckets.js';
import { createSites } from '../../../../activities/connect/sites.js';
import type { ProvedSnapshots, SnapshotProveOptions } from '../../../../client/commands/snapshots/snapshot-prove.js';
import { createInterruption } from '../../../../client/cli/interruption.js';
import { baseline } from '../../../../domain/pair/topology.js';
import { createLanes } from '../../../../infra/lanes/lanes.js';
import { createMaterials } from '../../../../infra/state/materials.js';
import { openStateFolder } from '../../../../infra/state/state-folder.js';
import { createObjectStore } from '../../../../systems/object-store/client.js';
import { createOpenBao } from '../../../../systems/openbao/api/client.js';
import { createToolBox } from '../../../../systems/tools/index.js';
import {
  createTransitSeal,
  startOpenBaoServer,
  type TestOpenBaoServer,
} from '../../../support/servers/openbao-server.js';
import { startS3Server, type TestS3Server } from '../../../support/servers/s3-server.js';
import { toolPath } from '../../../support/tools.js';
import { temporaryFolder, type } from '../../test-context.js';

const keyOf = (group: string, hour: string): string => `${group}/2026-01-02T${hour}-04-05Z-0123abcd.snap`;

let infra: TestOpenBaoServer;
let s3: TestS3Server;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let token: string;
let environment: Record<string, string>;
let options: SnapshotProveOptions;

const put = (key: string, content: Buffer) =>
  s3.store.upload({ key, body: Readable.from([content], { objectMode: false }) });

beforeAll(async () => {
  [infra, s3, folder] = await Promise.all([startOpenBaoServer('infra'), startS3Server(), temporaryFolder()]);
  const seal = await createTransitSeal(infra, 'shared');
  token = seal.token;
  const [source, staticallySealed] = await Promise.all([
    startOpenBaoServer('source', { seal }),
    startOpenBaoServer('static-source'),
  ]);
  const archive = await buffer(await source.root.downloadSnapshot());
  await infra.root.write('transit/keys/shared/rotate', {});
  const later = await buffer(await source.root.downloadSnapshot());
  const other = await buffer(await staticallySealed.root.downloadSnapshot());
  await Promise.all([source, staticallySealed].map((server) => server[Symbol.asyncDispose]()));

  await put(keyOf('good', '03'), archive);
  await put(`${keyOf('good', '03')}.json`, Buffer.from('{}'));
  await put(keyOf('good', '04'), later);
  await put(keyOf('mixed', '03'), archive.subarray(0, archive.length - 2_000));
  const altered = Buffer.from(archive);
  altered[Math.floor(altered.length / 2)]! ^= 1;
  await put(keyOf('mixed', '04'), altered);
  await put(keyOf('mixed', '05'), other);
  await put(keyOf('mixed', '06'), later);

  const ca = join(folder.path, 'ca.pem');
  await writeFile(ca, infra.endpoint.caPem);
  const { accessKeyId, secretAccessKey, endpoint } = s3.access;
  environment = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, BAO_TOKEN: token };
  options = {
    endpoint,
    transitAddress: infra.endpoint.address,
    transitServerName: infra.endpoint.serverName,
    transitCa: ca,
    transitKey: 'shared',
  };
});
afterAll(async () => {
  await folder[Symbol.asyncDispose]();
  await s3[Symbol.asyncDispose]();
  await infra[Symbol.asyncDispose]();
});

const flags = (asked: SnapshotProveOptions): string[] =>
  Object.entries(asked).flatMap(([option, value]: [string, string | boolean]) => {
    const flag = `--${option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return value === true ? [flag] : [flag, String(value)];
  });

const prove = (
  prefix: string,
  change: Partial<SnapshotProveOptions> = {},
  variables: Readonly<Record<string, string | undefined>> = environment,
) =>
  type(['snapshot', 'prove', `s3://test-bucket/${prefix}`, ...flags({ ...options, ...change })], {
    environment: variables,
  });

const proveAsData = async (prefix: string) => {
  const { exitCode, stdout } = await prove(prefix, { json: true });
  const { snapshots } = JSON.parse(stdout) as ProvedSnapshots;
  return { exitCode, snapshots, verdicts: snapshots.map(({ verdict, failure }) => failure?.type ?? verdict) };
};

describe('openbao-dr snapshot prove', () => {
  it("goes through all snapshots under a prefix, and ends with 0 if today's key opens each", async () => {
    const { exitCode, stdout } = await prove('good/');
    expect(stdout).toMatch(/✔ {2}good\/2026-01-02T03-04-05Z-0123abcd\.snap .*KiB +v1 +usable/);
    expect(stdout).toMatch(/✔ {2}good\/2026-01-02T04-04-05Z-0123abcd\.snap .*KiB +v2 +usable/);
    expect(stdout).toContain('Today the seal key shared opens 2 of 2 snapshots.');
    expect(exitCode).toBe(0);
    for (const secret of [token, environment['AWS_SECRET_ACCESS_KEY']!]) expect(stdout).not.toContain(secret);
  });

  it('finds each that could not be used any more, proves the others all the same, and ends with 1', async () => {
    const { exitCode, snapshots, verdicts } = await proveAsData('mixed/');
    expect(verdicts).toEqual(['SnapshotTruncated', 'SnapshotGzipDamaged', 'SealCiphertextMalformed', 'usable']);
    expect(snapshots[3]).toMatchObject({
      key: keyOf('mixed', '06'),
      takenAt: '2026-01-02T06:04:05Z',
      sizeBytes: expect.any(Number) as number,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      keyVersion: 'v2',
    });
    expect(exitCode).toBe(1);
  });

  it('takes snapshots by any name, a single one by its key, and a file, and says what it passed over', async () => {
    const archive = await buffer((await s3.store.download({ key: keyOf('good', '03') })).body);
    for (const name of ['bao_2026-11-27-0300.snapshot', 'vault_1.snapshot', 'raft-1.snap']) {
      await put(`names/${name}`, archive);
    }
    await put('names/bao_2026-11-27-0300.snapshot.sha256', Buffer.from('sum'));
    const all = await prove('names/');
    expect(all.stdout).toContain('opens 3 of 3 snapshots');
    expect(all.stdout).toContain('1 object that is kept beside snapshots (names/bao_2026-11-27-0300.snapshot.sha256)');
    const one = await proveAsData('names/vault_1.snapshot');
    expect(one.snapshots.map(({ key }) => key)).toEqual(['names/vault_1.snapshot']);
    const file = join(folder.path, 'mine.snap');
    await writeFile(file, archive);
    const transit = { ...options };
    delete (transit as { endpoint?: string }).endpoint;
    const ofFile = await type(['snapshot', 'prove', file, ...flags(transit)], { environment });
    expect(ofFile).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('opens 1 of 1 snapshot.') as string });
  });

  it('takes the token from a file as well', async () => {
    const file = join(folder.path, 'token');
    await writeFile(file, `${token}\n`);
    await chmod(file, 0o600);
    const { exitCode } = await prove('good/', { transitTokenFile: file }, { ...environment, BAO_TOKEN: 'wrong' });
    expect(exitCode).toBe(0);
  });

  it.each<[string, string, Partial<SnapshotProveOptions>, Record<string, string | undefined>, string]>([
    ['there is no snapshot under the prefix', 'none/', {}, {}, 'There is no snapshot under s3://test-bucket/none/'],
    // Nothing listens on port 1.
    ['Transit is away', 'good/', { transitAddress: 'https://127.0.0.1:1' }, {}, 'does not answer'],
    ['the object store is away', 'good/', { endpoint: 'http://127.0.0.1:1' }, {}, 'cannot be reached'],
    ['Transit does not know the token', 'good/', {}, { BAO_TOKEN: 'wrong' }, 'expired or was revoked'],
    ['the server is another one', 'good/', { transitServerName: 'other.example.com' }, {}, 'did not prove'],
    ['there is no token', 'good/', {}, { BAO_TOKEN: '' }, 'BAO_TOKEN'],
    ['the token file is not there', 'good/', { transitTokenFile: '/nonexistent' }, {}, '/nonexistent cannot be read'],
    ['the address of Transit is none', 'good/', { transitAddress: 'http://127.0.0.1:1' }, {}, 'https://host:port'],
    ['there are no credentials', 'good/', {}, { AWS_ACCESS_KEY_ID: undefined }, 'AWS_ACCESS_KEY_ID'],
    ['the endpoint is no address', 'good/', { endpoint: '127.0.0.1:1' }, {}, 'https://host:port'],
  ])('ends with 2 and one sentence when %s', async (_, prefix, change, variables, sentence) => {
    const { exitCode, stdout, stderr } = await prove(prefix, change, { ...environment, ...variables });
    expect(stderr).toContain(sentence);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
  });

  it.each([
    ['neither Transit nor lane is named', ['s3://test-bucket/'], 'name a lane with --lane'],
    ['the lane is not there', ['s3://test-bucket/', '--lane', 'local'], 'There is no lane local'],
    ['the lane has no proper name', ['s3://test-bucket/', '--lane', '../x'], 'The lane name "../x"'],
    ['no prefix is given', [], "argument 'prefix'"],
  ])('ends with 2 and one sentence when %s', async (_, args, sentence) => {
    const state = join(folder.path, 'other-state');
    const { exitCode, stdout, stderr } = await type(['snapshot', 'prove', ...args], {
      environment: { ...environment, OPENBAO_DR_STATE: state },
    });
    expect(stderr).toContain(sentence);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
  });

  it('tells that it is pressed to stop, and nothing of a snapshot', async () => {
    const interruption = createInterruption();
    interruption.raise();
    const args = ['snapshot', 'prove', 's3://test-bucket/good/', ...flags(options)];
    const { exitCode, stdout } = await type(args, { environment, interruption });
    expect(exitCode).toBe(130);
    expect(stdout).toBe('');
  });

  it('does not know, and ends with 2, when the token may not use the key', async () => {
    await createTransitSeal(infra, 'other');
    const { exitCode, stdout } = await prove('good/', { transitKey: 'other' });
    expect(stdout).toMatch(/\? .*unknown: SealTokenRefused/);
    expect(stdout).toContain('may not use this key');
    expect(exitCode).toBe(2);
  });

  it('ends with 1 once the version that sealed one is not to be used any more, and again once the key is gone', async () => {
    await infra.root.write('transit/keys/shared/config', { min_decryption_version: 2 });
    expect(await proveAsData('good/')).toMatchObject({ exitCode: 1, verdicts: ['SealKeyVersionTooOld', 'usable'] });
    await infra.root.write('transit/keys/shared/config', { deletion_allowed: true });
    await infra.root.remove('transit/keys/shared');
    expect(await proveAsData('good/')).toMatchObject({ exitCode: 1, verdicts: ['SealKeyMissing', 'SealKeyMissing'] });
  });

  it('knows from a lane where its bucket and its Transit are', async () => {
    const stateDir = join(folder.path, 'state');
    const stateFolder = await openStateFolder(stateDir);
    const tools = createToolBox({
      environment: {
        OPENBAO_DR_BAO: toolPath('bao'),
        OPENBAO_DR_TRAEFIK: toolPath('traefik'),
        OPENBAO_DR_WEED: toolPath('weed'),
      },
      cacheFolder: join(folder.path, 'cache'),
    });
    const materials = createMaterials(stateFolder);
    const lane = createLanes({ stateFolder, materials, tools, environment: {} }).open('local');
    try {
      const { topology } = await lane.provision(
        { owner: 'up', freshTarget: false, options: { local: { ports: {}, targetSealKey: baseline.sealKey } } },
        () => undefined,
      );
      const { source, bucket } = topology;
      const sites = createSites({ references: materials, logIn: createLogIn(), connect: createOpenBao });
      await createBuckets({ references: materials, connect: createObjectStore }).with(bucket.source, (store) =>
        sites.withLogin(source, source.backup, async (session) =>
          store.upload({ key: keyOf('lane', '03'), body: await session.downloadSnapshot() }),
        ),
      );
      const prefix = `s3://${bucket.target.name}/lane/`;
      const { exitCode, stdout } = await type([
        'snapshot',
        'prove',
        prefix,
        '--lane',
        'local',
        '--state-dir',
        stateDir,
      ]);
      expect(exitCode).toBe(0);
      expect(stdout).toContain(`Today the seal key ${baseline.sealKey} opens 1 of 1 snapshot.`);
    } finally {
      await lane.disposal!.teardown(() => undefined);
    }
  });
});
