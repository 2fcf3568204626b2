/** Secrets of a real OpenBao, read by logins of their own. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SecretRef } from '../../../../domain/pair/secret-ref.js';
import type { SecretStores } from '../../../../domain/pair/secret-stores.js';
import { createConnectReferences } from '../../../../infra/connect/connect-references.js';
import { createLogIn } from '../../../../infra/connect/credentials/log-in.js';
import { referenceAllowanceIn } from '../../../../infra/connect/references/allowance.js';
import { createOpenBao } from '../../../../systems/openbao/api/client.js';
import { createKnownSecrets } from '../../../../systems/secrets/known-secrets.js';
import { createUser, startOpenBaoServer, type TestOpenBaoServer } from '../../../support/servers/openbao-server.js';

let server: TestOpenBaoServer;
let folder: string;
let caRef: SecretRef;

beforeAll(async () => {
  server = await startOpenBaoServer('secrets');
  folder = await mkdtemp(join(tmpdir(), 'secret-store-'));
  await writeFile(join(folder, 'ca.pem'), server.endpoint.caPem);
  caRef = `file:${folder}/ca.pem`;
  const { root } = server;
  await root.write('sys/mounts/kv', { type: 'kv', options: { version: '2' } });
  await root.write('sys/mounts/old', { type: 'kv', options: { version: '1' } });
  await root.write('kv/data/dr/prod', { data: { password: 'hunter2-prod', count: 3, blank: ' ' } });
  await root.write('kv/data/gone', { data: { password: 'x' } });
  await root.remove('kv/data/gone');
  await root.write('old/dr', { password: 'hunter2-old' });
  await createUser(server, 'reader', 'reader-password', {
    'kv/data/*': ['read'],
    'old/*': ['read'],
    'sys/internal/ui/mounts/*': ['read'],
  });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const readerOf = (
  environment: Readonly<Record<string, string>> = {},
  stores?: SecretStores,
): ((ref: SecretRef) => Promise<string>) => {
  const references = createConnectReferences({
    materials: { read: () => Promise.reject(new Error('no lane')) },
    environment,
    openCluster: () => Promise.reject(new Error('no cluster')),
    secrets: createKnownSecrets(),
    allowance: referenceAllowanceIn({
      OPENBAO_DR_ALLOWED_REFERENCES: `openbao:*,env:READER_PASSWORD,file:${folder}/*`,
    }),
    connect: createOpenBao,
    logIn: createLogIn(),
  })(stores);
  return (ref) => references.read(ref);
};

const ofPlan = (): ReturnType<typeof readerOf> => {
  const { address, serverName } = server.endpoint;
  const credential = { username: 'reader', password: 'env:READER_PASSWORD' } as const;
  return readerOf({ READER_PASSWORD: 'reader-password' }, { openbao: { address, serverName, ca: caRef, credential } });
};

describe('openbao:, with the login that the plan names', () => {
  it.each<[string, SecretRef, string]>([
    ['of a KV engine in version 2', 'openbao:kv/dr/prod#password', 'hunter2-prod'],
    ['of the same, by the path of its API', 'openbao:kv/data/dr/prod#password', 'hunter2-prod'],
    ['of a KV engine in version 1', 'openbao:old/dr#password', 'hunter2-old'],
  ])('is a field %s', async (_, ref, secret) => {
    expect(await ofPlan()(ref)).toBe(secret);
  });

  it.each<[string, SecretRef, string, string]>([
    ['a field that the secret has not', 'openbao:kv/dr/prod#token', 'SecretMissing', 'has other fields than token'],
    ['a path without a secret', 'openbao:kv/dr/none#password', 'SecretMissing', 'OpenBao has nothing under this path'],
    ['a version that was deleted', 'openbao:kv/gone#password', 'SecretMissing', 'OpenBao has nothing under this path'],
    ['a path that the login may not read', 'openbao:sys/mounts#kv', 'SecretNotReadable', 'its login may not read it'],
    ['a mount that is not there', 'openbao:nope/a#b', 'SecretNotReadable', 'OpenBao has no such path'],
    ['a number', 'openbao:kv/dr/prod#count', 'SecretUnusable', 'the field is not text'],
    ['a blank', 'openbao:kv/dr/prod#blank', 'SecretUnusable', 'the field is not text, or is empty'],
  ])('says so of %s', async (_, ref, type, why) => {
    const failure: unknown = await ofPlan()(ref).catch((error: unknown) => error);
    expect(failure).toMatchObject({ type, message: expect.stringContaining(why) as string });
    expect(String(failure)).toContain(ref);
    expect(String(failure)).not.toContain('hunter2');
  });

  it('leaves no token behind', async () => {
    const tokens = async () => (await server.root.read('auth/token/accessors?list=true'))?.['keys'] as string[];
    const before = (await tokens()).length;
    await ofPlan()('openbao:kv/dr/prod#password');
    expect((await tokens()).length).toBe(before);
  });

  it('does not read its own login from itself', async () => {
    const { address, serverName } = server.endpoint;
    const credential = { username: 'reader', password: 'openbao:kv/a#b' } as const;
    const read = readerOf({}, { openbao: { address, serverName, ca: caRef, credential } });
    await expect(read('openbao:kv/dr/prod#password')).rejects.toThrow(
      'What the reference openbao:kv/a#b names cannot be read: the login of the OpenBao that holds secrets is itself named by another scheme.',
    );
  });
});

describe('openbao:, with the settings of the worker', () => {
  it('is read with BAO_ADDR and BAO_TOKEN, whose token lives on', async () => {
    const { address, serverName } = server.endpoint;
    const token = await server.root.createOrphanToken({ policies: ['reader'] });
    const settings = { BAO_ADDR: address, BAO_TOKEN: token, BAO_TLS_SERVER_NAME: serverName };
    const read = readerOf({ ...settings, BAO_CACERT: join(folder, 'ca.pem') });
    expect(await read('openbao:kv/dr/prod#password')).toBe('hunter2-prod');
    expect(await read('openbao:old/dr#password')).toBe('hunter2-old');
  });

  it('does not let a plan have the token of the settings', async () => {
    await expect(readerOf({ BAO_TOKEN: 'hunter2' })('env:BAO_TOKEN')).rejects.toMatchObject({
      type: 'ReferenceNotAllowed',
    });
  });

  it('says what is missing where there are none', async () => {
    await expect(readerOf()('openbao:kv/dr/prod#password')).rejects.toMatchObject({
      type: 'SecretStoreMissing',
      message: expect.stringContaining('or set BAO_ADDR and BAO_TOKEN for the worker.') as string,
    });
  });

  it('says so where the address is none', async () => {
    const read = readerOf({ BAO_ADDR: 'http://ann:hunter2@127.0.0.1:8200', BAO_TOKEN: 'x' });
    const failure: unknown = await read('openbao:kv/dr/prod#password').catch((error: unknown) => error);
    expect(failure).toMatchObject({ type: 'SecretStoreMissing' });
    expect(String(failure)).not.toContain('hunter2');
  });
});
