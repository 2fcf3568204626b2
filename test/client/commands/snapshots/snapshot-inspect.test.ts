import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startS3Server, type TestS3Server } from '../../../support/servers/s3-server.js';
import { archiveOf, entry, membersOf, sha256 } from '../../../systems/openbao/snapshot/archives.js';
import { createInterruption } from '../../../../client/cli/interruption.js';
import { temporaryFolder, type } from '../../test-context.js';

const state = Buffer.concat([
  entry('core/seal-config', '{"type":"transit"}'),
  entry('core/versions/2.7.2', 'encrypted'),
  entry('sys/expire/id/auth/userpass/login/ann/h1', 'encrypted'),
  entry('sys/expire/id/db/creds/app/h1', 'encrypted'),
]);
const archive = archiveOf(membersOf(state));

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let file: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  file = join(folder.path, 'openbao.snap');
  await writeFile(file, archive);
});
afterAll(() => folder[Symbol.asyncDispose]());

const inspect = (...args: readonly string[]) => type(['snapshot', 'inspect', ...args]);

describe('openbao-dr snapshot inspect, of a file', () => {
  it('shows what is in it, and warns of dynamic secrets', async () => {
    const { exitCode, stdout, stderr } = await inspect(file);
    expect(stderr).toBe('');
    expect(stdout).toContain('The archive is whole');
    expect(stdout).toContain('index 30, term 3');
    expect(stdout).toContain('transit, key v3');
    expect(stdout).toContain('dynamic-leases: 1 lease of dynamic secrets');
    expect(exitCode).toBe(0);
  });

  it('prints the same for machines', async () => {
    const { exitCode, stdout } = await inspect(file, '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      whole: true,
      sizeBytes: archive.length,
      sha256: sha256(archive),
      stateSha256: sha256(state),
      inspection: { openbaoVersions: ['2.7.2'], leases: { total: 2, login: 1, dynamic: 1 } },
    });
    expect(exitCode).toBe(0);
  });

  it('answers 1 with one sentence when it is damaged', async () => {
    const damaged = join(folder.path, 'damaged.snap');
    await writeFile(damaged, archive.subarray(0, -1));
    const { exitCode, stdout, stderr } = await inspect(damaged);
    expect(exitCode).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toBe("The snapshot's archive is cut short: take a new one.\n");
    const answer = await inspect(damaged, '--json');
    expect(answer.exitCode).toBe(1);
    expect(JSON.parse(answer.stdout)).toMatchObject({ whole: false, failure: { type: 'SnapshotTruncated' } });
  });

  it.each([
    ['is not there', () => ['/nonexistent.snap'], '/nonexistent.snap cannot be read', 'check the path'],
    ['is a folder', () => [folder.path], 'cannot be read', 'check the path'],
    ['is another thing', () => ['package.json'], 'This is not an OpenBao snapshot', 'snapshot save'],
    ['is not named', () => [], "Missing required argument 'snapshot'", ''],
    ['is named twice', () => [file, file], 'Too many arguments', ''],
    ['is a file, with an option about buckets', () => [file, '--lane', 'local'], '--lane is about buckets', ''],
  ])('answers 2 when it %s', async (_, args, ...parts) => {
    const { exitCode, stdout, stderr } = await inspect(...args());
    for (const part of parts) expect(stderr).toContain(part);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stdout).toBe('');
    expect(exitCode).toBe(2);
  });

  it('stops when it is interrupted', async () => {
    const interruption = createInterruption();
    interruption.raise();
    expect((await type(['snapshot', 'inspect', file], { interruption })).exitCode).toBe(130);
  });
});

describe('openbao-dr snapshot inspect, of an object', () => {
  const key = 'source/2026/openbao.snap';
  let s3: TestS3Server;
  let environment: Record<string, string>;
  beforeAll(async () => {
    s3 = await startS3Server();
    await s3.store.upload({ key, body: Readable.from([archive]) });
    await s3.store.upload({ key: `${key}.cut`, body: Readable.from([archive.subarray(0, 3_000)]) });
    const { accessKeyId, secretAccessKey } = s3.access;
    environment = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
  });
  afterAll(() => s3[Symbol.asyncDispose]());

  const inspectObject = (object: string, ...args: readonly string[]) =>
    type(['snapshot', 'inspect', `s3://${s3.access.bucket}/${object}`, '--endpoint', s3.access.endpoint, ...args], {
      environment,
    });

  it('reads it from the bucket', async () => {
    const { exitCode, stdout, stderr } = await inspectObject(key, '--json');
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({ whole: true, sha256: sha256(archive) });
    expect(exitCode).toBe(0);
  });

  it('answers 1 when it is damaged', async () => {
    const { exitCode, stderr } = await inspectObject(`${key}.cut`);
    expect(stderr).toContain('is cut short');
    expect(exitCode).toBe(1);
  });

  it('answers 2 when it is not there, or no object is named', async () => {
    expect(await inspectObject('nothing')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('There is no such object in the bucket') as string,
    });
    expect(await inspectObject('')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('names a bucket and no object') as string,
    });
  });

  it('answers 2 when the bucket does not let it, and says nothing of the keys', async () => {
    environment = { ...environment, AWS_SECRET_ACCESS_KEY: 'a-wrong-secret' };
    const { exitCode, stdout, stderr } = await inspectObject(key, '--json');
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('The secret key does not fit the access key');
    expect(stderr).not.toContain('a-wrong-secret');
  });

  it('answers 2 when there are no credentials, or no such lane', async () => {
    const address = `s3://${s3.access.bucket}/${key}`;
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE']) vi.stubEnv(name, undefined);
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    vi.stubEnv('AWS_CONFIG_FILE', '/nonexistent/config');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nonexistent/credentials');
    const alone = await inspect(address, '--endpoint', s3.access.endpoint);
    vi.unstubAllEnvs();
    expect(alone).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('AWS_ACCESS_KEY_ID') as string });
    const root = join(folder.path, 'state');
    await mkdir(root, { mode: 0o700 });
    const answer = await type(['snapshot', 'inspect', address, '--lane', 'local', '--state-dir', root]);
    expect(answer).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('There is no lane local') as string });
  });
});

it('openbao-dr snapshot shows help with an example for each of its commands', async () => {
  const { exitCode, stdout } = await inspect('--help');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/Example:\n +\$ openbao-dr snapshot inspect openbao\.snap/);
  expect(stdout).toContain('--state-dir');
});
