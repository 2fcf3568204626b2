import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { isKnownFailure } from '../../../../domain/known-failure.js';
import { createOpenBao } from '../../../../systems/openbao/api/client.js';
import { findFreePorts } from '../../../../systems/processes/free-ports.js';
import { createCertificateAuthority } from '../../../../systems/tls/certificate-authority.js';
import { startImpostor } from '../../../support/servers/impostor.js';
import {
  createTransitSeal,
  createUser,
  startOpenBaoServer,
  type TestOpenBaoServer,
} from '../../../support/servers/openbao-server.js';

let server: TestOpenBaoServer;

beforeAll(async () => {
  server = await startOpenBaoServer('ordinary');
  await createUser(server, 'ann', 'right-password', { 'secret/data/here': ['read'] });
  await server.root.write('sys/mounts/secret', { type: 'kv', options: { version: '2' } });
});

afterAll(() => server[Symbol.asyncDispose]());

describe('health', () => {
  it('names the cluster, the version and the certificate of an active server', async () => {
    const health = await server.openbao.health();
    expect(health).toMatchObject({ status: 200, initialized: true, sealed: false, clusterName: 'ordinary' });
    expect(health.version).toMatch(/^2\./);
    expect(health.clusterId).toMatch(/^[0-9a-f-]{36}$/);
    expect(health.certificateSha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('answers 501 for a server that is not initialised', async () => {
    await using blank = await startOpenBaoServer('blank', { initialize: false });
    expect(await blank.openbao.health()).toMatchObject({ status: 501, initialized: false, sealed: true });
  });

  it('answers 503 without a cluster for a sealed server, whose logins may be tried again later', async () => {
    await using sealed = await startOpenBaoServer('sealed', { auditToStdout: true });
    await sealed.root.write('sys/seal', {});
    const health = await sealed.openbao.health();
    expect(health).toMatchObject({ status: 503, initialized: true, sealed: true });
    expect(health.clusterId).toBeUndefined();
    await expect(sealed.openbao.login({ username: 'ann', password: 'right-password' })).rejects.toMatchObject({
      type: 'OpenBaoUnavailable',
      retryable: true,
    });
  });

  it('answers 500 with nothing but the certificate when the body is empty, as during a restore', async () => {
    await using impostor = await startImpostor((_, response) => response.writeHead(500).end());
    expect(await createOpenBao(impostor.endpoint).health()).toEqual({
      status: 500,
      certificateSha256: impostor.certificateSha256,
    });
  });

  it('refuses a certificate of another authority, for good', async () => {
    const { certificatePem } = await createCertificateAuthority({ commonName: 'other CA', validDays: 1 });
    await expect(createOpenBao({ ...server.endpoint, caPem: certificatePem }).health()).rejects.toMatchObject({
      type: 'OpenBaoCertificateRefused',
      retryable: false,
    });
  });

  it.each(['', 'not a certificate'])('never falls back to public authorities when the CA is %j', async (caPem) => {
    await expect(createOpenBao({ ...server.endpoint, caPem }).health()).rejects.toMatchObject({
      type: 'OpenBaoCertificateRefused',
    });
  });

  it('refuses a certificate for another name', async () => {
    const elsewhere = createOpenBao({ ...server.endpoint, serverName: 'elsewhere.example.com' });
    await expect(elsewhere.health()).rejects.toMatchObject({ type: 'OpenBaoCertificateRefused' });
  });

  it('verifies certificates, keeps to its address and sends no token whatever the environment says', async () => {
    const asked: (string | undefined)[] = [];
    await using impostor = await startImpostor((request, response) => {
      asked.push(request.url, request.headers['x-vault-token'] as string | undefined);
      response.end('{"initialized":true}');
    });
    vi.stubEnv('VAULT_SKIP_VERIFY', '1');
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    vi.stubEnv('VAULT_ADDR', 'https://127.0.0.1:1');
    vi.stubEnv('VAULT_TOKEN', 'token-of-the-environment');
    vi.stubEnv('VAULT_PREFIX', '/prefix');
    vi.stubEnv('HTTPS_PROXY', 'http://127.0.0.1:1');
    try {
      expect(await createOpenBao(impostor.endpoint).health()).toMatchObject({ initialized: true });
      expect(asked).toEqual(['/v1/sys/health', undefined]);
      const wrongCa = createOpenBao({ ...impostor.endpoint, caPem: server.endpoint.caPem });
      await expect(wrongCa.health()).rejects.toMatchObject({ type: 'OpenBaoCertificateRefused' });
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('says that a retry may help when nothing listens', async () => {
    const [port = 0] = await findFreePorts(1);
    const nowhere = createOpenBao({ ...server.endpoint, address: `https://127.0.0.1:${port}` });
    await expect(nowhere.health()).rejects.toMatchObject({
      type: 'OpenBaoUnreachable',
      retryable: true,
      facts: { code: 'ECONNREFUSED' },
    });
  });

  it('gives up on a server that accepts but does not answer', async () => {
    await using impostor = await startImpostor(() => undefined);
    await expect(createOpenBao(impostor.endpoint, { timeoutMs: 300 }).health()).rejects.toMatchObject({
      type: 'OpenBaoUnreachable',
      facts: { code: 'ETIMEDOUT' },
    });
  });

  it('ends with the reason of the signal when cancelled', async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled');
    await using impostor = await startImpostor(() => controller.abort(reason));
    await expect(createOpenBao(impostor.endpoint).health({ signal: controller.signal })).rejects.toBe(reason);
  });
});

describe('login', () => {
  it('opens a session that knows itself without telling its token, and ends when revoked', async () => {
    const session = await server.openbao.login({ username: 'ann', password: 'right-password' });
    const self = await session.read('auth/token/lookup-self');
    expect(self).toMatchObject({ display_name: 'userpass-ann', path: 'auth/userpass/login/ann' });
    expect(self?.['policies']).toContain('ann');
    expect(JSON.stringify(session)).not.toMatch(/s\.[A-Za-z0-9]{20}/);
    await session.revokeSelf();
    await expect(session.read('auth/token/lookup-self')).rejects.toMatchObject({
      type: 'PermissionDenied',
      retryable: false,
    });
  });

  it.each([
    ['a wrong password', { username: 'ann', password: 'wrong-password' }],
    ['an unknown user', { username: 'nobody', password: 'wrong-password' }],
  ])('is refused for %s, without repeating the password', async (_, login) => {
    const failure: unknown = await server.openbao.login(login).catch((error: unknown) => error);
    expect(failure).toMatchObject({ type: 'LoginRefused', retryable: false });
    expect(String(failure)).not.toContain('wrong-password');
  });

  it('does not pass a locked user for a wrong password', async () => {
    await createUser(server, 'locked', 'right-password');
    const types = new Set<unknown>();
    for (let attempt = 0; attempt < 8; attempt += 1) {
      const failure: unknown = await server.openbao
        .login({ username: 'locked', password: 'no' })
        .catch((e: unknown) => e);
      types.add(isKnownFailure(failure) ? failure.type : failure);
    }
    expect([...types]).toEqual(['LoginRefused', 'PermissionDenied']);
  });

  it('does not pass a missing login method for a wrong password', async () => {
    await using bare = await startOpenBaoServer('bare');
    await expect(bare.openbao.login({ username: 'ann', password: 'x' })).rejects.toMatchObject({
      type: 'PermissionDenied',
    });
  });
});

describe('a session', () => {
  it('writes, reads and removes data, and finds nothing where there is nothing', async () => {
    const { root } = server;
    expect(await root.read('secret/data/marker')).toBeUndefined();
    await root.write('secret/data/marker', { data: { marker: 'phase1-source' } });
    expect(await root.read('secret/data/marker')).toMatchObject({ data: { marker: 'phase1-source' } });
    await root.remove('secret/metadata/marker');
    expect(await root.read('secret/data/marker')).toBeUndefined();
  });

  it('tells what it may do, and is denied the rest', async () => {
    const session = await server.openbao.login({ username: 'ann', password: 'right-password' });
    expect(await session.capabilities('secret/data/here')).toEqual(['read']);
    expect(await session.capabilities('secret/data/there')).toEqual(['deny']);
    await expect(session.write('secret/data/here', { data: {} })).rejects.toMatchObject({ type: 'PermissionDenied' });
    await expect(session.downloadSnapshot()).rejects.toMatchObject({ type: 'PermissionDenied' });
  });

  it("repeats OpenBao's own words about a rejected request", async () => {
    await expect(server.root.write('sys/mounts/secret', { type: 'kv' })).rejects.toMatchObject({
      type: 'OpenBaoRequestFailed',
      retryable: false,
      message: expect.stringContaining('path is already in use') as string,
    });
  });

  it('never follows a redirect', async () => {
    const asked: (string | undefined)[] = [];
    await using impostor = await startImpostor((request, response) => {
      asked.push(request.url);
      response.writeHead(307, { location: `${impostor.endpoint.address}/elsewhere` }).end();
    });
    const session = createOpenBao(impostor.endpoint).useToken('a-token');
    await expect(session.read('secret/data/x')).rejects.toMatchObject({ type: 'NotTheActiveNode', retryable: false });
    await expect(session.downloadSnapshot()).rejects.toMatchObject({ type: 'NotTheActiveNode' });
    expect(asked).toEqual(['/v1/secret/data/x', '/v1/sys/storage/raft/snapshot']);
  });

  it('makes tokens for a seal that do just that', async () => {
    const { token } = await createTransitSeal(server, 'some-key');
    const seal = server.openbao.useToken(token);
    expect(await seal.write('transit/encrypt/some-key', { plaintext: 'aGk=' })).toMatchObject({
      ciphertext: expect.stringMatching(/^vault:v1:/) as string,
    });
    await expect(seal.read('transit/keys/some-key')).rejects.toMatchObject({ type: 'PermissionDenied' });
  });
});
