/** Each kind of credential at a real OpenBao: accepted, and refused with a sentence of its own. */
import { spawn } from 'node:child_process';
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer } from 'node:http';
import https from 'node:https';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LogIn } from '../../../../activities/ports/log-in.js';
import type { Credential } from '../../../../domain/pair/credentials.js';
import type { SecretRef } from '../../../../domain/pair/secret-ref.js';
import { createLogIn } from '../../../../infra/connect/credentials/log-in.js';
import { acceptsConnections } from '../../../../systems/processes/accepts-connections.js';
import { findFreePorts } from '../../../../systems/processes/free-ports.js';
import { waitUntil } from '../../../../systems/waiting/wait-until.js';
import { createOpenBao, type OpenBaoSession } from '../../../../systems/openbao/api/client.js';
import {
  type CertificateAuthority,
  createCertificateAuthority,
} from '../../../../systems/tls/certificate-authority.js';
import { createUser, startOpenBaoServer, type TestOpenBaoServer } from '../../../support/servers/openbao-server.js';

let server: TestOpenBaoServer;
let reviewer: Awaited<ReturnType<typeof playTokenReviews>>;
let clientCa: CertificateAuthority;
const issuer = generateKeyPairSync('rsa', { modulusLength: 2048 });
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** What references stand for in a test. */
const values = new Map<string, string>();
const known = (name: string, value: string): SecretRef => {
  values.set(`env:${name}`, value);
  return `env:${name}`;
};
const references = {
  async read(ref: SecretRef): Promise<string> {
    return values.get(ref) ?? Promise.reject(new Error(`no ${ref}`));
  },
};

const jwtOf = (claims: object, key: KeyObject = issuer.privateKey): string => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const head = `${part({ alg: 'RS256' })}.${part({ iss: 'test', aud: ['dr'], iat: now, nbf: now, exp: now + 600, ...claims })}`;
  return `${head}.${sign('RSA-SHA256', Buffer.from(head), key).toString('base64url')}`;
};

const accountToken = (name: string): string =>
  jwtOf({
    sub: `system:serviceaccount:dr:${name}`,
    'kubernetes.io': { namespace: 'dr', serviceaccount: { name, uid: 'uid-1' } },
  });

/** The part of an API server that reviews tokens: it knows those of the account `backup`. */
const playTokenReviews = async () => {
  const api = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const { spec } = JSON.parse(text) as { spec: { token: string } };
      const { sub = '' } = JSON.parse(Buffer.from(spec.token.split('.')[1] ?? '', 'base64url').toString()) as {
        sub?: string;
      };
      const isKnown = sub === 'system:serviceaccount:dr:backup';
      const user = { username: sub, uid: 'uid-1', groups: ['system:serviceaccounts'] };
      const status = isKnown ? { authenticated: true, user, audiences: ['dr'] } : { authenticated: false };
      response.writeHead(201, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', status }));
    });
  });
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => api.close(resolve)),
  };
};

beforeAll(async () => {
  [server, reviewer, clientCa] = await Promise.all([
    startOpenBaoServer('credentials'),
    playTokenReviews(),
    createCertificateAuthority({ commonName: 'clients', validDays: 1 }),
  ]);
  const { root } = server;
  await createUser(server, 'ann', 'ann-password');
  const pem = issuer.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  for (const type of ['approle', 'jwt', 'kubernetes', 'cert']) await root.write(`sys/auth/${type}`, { type });
  await root.write('sys/auth/robots', { type: 'approle' });
  await root.write('sys/namespaces/team', {});
  await root.write('auth/approle/role/backup', { token_policies: ['default'] });
  await root.write('auth/robots/role/other', { token_policies: ['default'] });
  await root.write('auth/jwt/config', { jwt_validation_pubkeys: [pem], default_role: 'dr' });
  const role = { role_type: 'jwt', bound_audiences: ['dr'], user_claim: 'sub', bound_subject: 'ci' };
  await root.write('auth/jwt/role/dr', { ...role, token_policies: ['default'] });
  await root.write('auth/kubernetes/config', {
    kubernetes_host: reviewer.address,
    disable_local_ca_jwt: true,
    kubernetes_ca_cert: clientCa.certificatePem,
    token_reviewer_jwt: accountToken('reviewer'),
    disable_iss_validation: true,
  });
  const bound = { bound_service_account_names: ['backup', 'forged'], bound_service_account_namespaces: ['dr'] };
  await root.write('auth/kubernetes/role/dr', { ...bound, audience: 'dr', token_policies: ['default'] });
  await root.write('auth/cert/certs/dr', { certificate: clientCa.certificatePem, allowed_common_names: ['drill'] });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await reviewer.close();
});

const logInAs = (credential: Credential, logIn: LogIn = createLogIn()): Promise<OpenBaoSession> =>
  logIn(server.endpoint, credential, { references, connect: createOpenBao });

const refusalOf = async (credential: Credential, logIn?: LogIn): Promise<{ type: string; message: string }> => {
  const failure: unknown = await logInAs(credential, logIn).catch((error: unknown) => error);
  expect(failure).toMatchObject({ retryable: false });
  for (const value of values.values()) expect(String(failure)).not.toContain(value);
  return failure as { type: string; message: string };
};

const whoIs = async (session: OpenBaoSession): Promise<unknown> =>
  (await session.read('auth/token/lookup-self'))?.['display_name'];

const clientOf = async (
  commonName: string,
  authority = clientCa,
): Promise<{ certificate: SecretRef; key: SecretRef }> => {
  const { certificatePem, keyPem } = await authority.issue({
    commonName,
    dnsNames: [],
    ipAddresses: [],
    validDays: 1,
    alsoClient: true,
  });
  return { certificate: known(`CERT_${commonName}`, certificatePem), key: known(`KEY_${commonName}`, keyPem) };
};

const newSecretId = async (): Promise<string> =>
  (await server.root.write('auth/approle/role/backup/secret-id', {}))?.['secret_id'] as string;
const roleIdOf = async (path: string): Promise<string> =>
  (await server.root.read(`${path}/role-id`))?.['role_id'] as string;

/** A response-wrapped secret id's token. */
const wrap = (path = 'auth/approle/role/backup/secret-id', ttl = '60s'): Promise<string> =>
  new Promise((resolve, reject) => {
    const request = https.request(
      `${server.endpoint.address}/v1/${path}`,
      {
        method: 'POST',
        agent: new https.Agent({ ca: server.endpoint.caPem, servername: server.endpoint.serverName }),
        headers: { 'x-vault-token': server.rootToken, 'x-vault-wrap-ttl': ttl },
      },
      (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve((JSON.parse(text) as { wrap_info: { token: string } }).wrap_info.token));
      },
    );
    request.once('error', reject);
    request.end('{}');
  });

describe('userpass', () => {
  it('is accepted as recorded runs have it, and by its name', async () => {
    const password = known('ANN', 'ann-password');
    expect(await whoIs(await logInAs({ username: 'ann', password }))).toBe('userpass-ann');
    expect(await whoIs(await logInAs({ method: 'userpass', username: 'ann', password }))).toBe('userpass-ann');
  });

  it('is refused with another password', async () => {
    expect(await refusalOf({ username: 'ann', password: known('WRONG', 'wrong-password') })).toMatchObject({
      type: 'LoginRefused',
      message: expect.stringContaining(
        'does not accept this user name with this password: check the password.',
      ) as string,
    });
  });

  it('is not refused, but fails, where it is not mounted: that is no wrong password', async () => {
    const credential = { username: 'ann', password: known('ANN', 'ann-password'), mountPath: 'nope' };
    expect(await refusalOf(credential)).toMatchObject({ type: 'PermissionDenied' });
  });
});

describe('AppRole', () => {
  it('is accepted with its secret id, the role id as it is or by reference', async () => {
    const roleId = await roleIdOf('auth/approle/role/backup');
    const secretId = known('SECRET_ID', await newSecretId());
    await logInAs({ method: 'approle', roleId, secretId });
    await logInAs({ method: 'approle', roleId: known('ROLE_ID', roleId), secretId });
  });

  it('is refused with another secret id, or another role', async () => {
    const roleId = await roleIdOf('auth/approle/role/backup');
    const secretId = known('SECRET_ID', await newSecretId());
    const words = 'does not accept this role id with this secret id';
    for (const wrong of [
      { roleId, secretId: known('OTHER', 'no-secret-id') },
      { roleId: 'no-such-role', secretId },
    ]) {
      const { type, message } = await refusalOf({ method: 'approle', ...wrong });
      expect(type).toBe('LoginRefused');
      expect(message).toContain(words);
    }
    expect((await refusalOf({ method: 'approle', roleId })).message).toContain(
      'asks for a secret id, and the credential has none',
    );
  });

  it('is accepted with a wrapped secret id, as often as one process asks', async () => {
    const roleId = await roleIdOf('auth/approle/role/backup');
    const credential = { method: 'approle', roleId, secretId: known('WRAPPED', await wrap()), wrapped: true } as const;
    const logIn = createLogIn();
    await Promise.all([logInAs(credential, logIn), logInAs(credential, logIn)]);
    await logInAs(credential, logIn);
  });

  it.each([
    [
      'was used before',
      '60s',
      async (token: string) => void (await server.openbao.useToken(token).write('sys/wrapping/unwrap', {})),
    ],
    ['has expired', '1s', () => new Promise<void>((resolve) => setTimeout(resolve, 1_500))],
  ])('is refused when the wrapping token %s', async (_, ttl, spoil) => {
    const roleId = await roleIdOf('auth/approle/role/backup');
    const token = await wrap(undefined, ttl);
    await spoil(token);
    expect(
      await refusalOf({ method: 'approle', roleId, secretId: known('WRAPPED', token), wrapped: true }),
    ).toMatchObject({
      type: 'LoginRefused',
      message: expect.stringContaining(
        'The wrapping token of the secret id was used before, or has expired: have a new one issued',
      ) as string,
    });
  });

  it.each(['auth/robots/role/other/secret-id', 'sys/wrapping/wrap'])(
    'is refused, and nothing is unwrapped, when what is wrapped comes from %s',
    async (path) => {
      const token = await wrap(path);
      const roleId = await roleIdOf('auth/approle/role/backup');
      expect(
        await refusalOf({ method: 'approle', roleId, secretId: known('WRAPPED', token), wrapped: true }),
      ).toMatchObject({
        type: 'SecretUnusable',
        message: expect.stringContaining('env:WRAPPED names holds no secret id of this AppRole login') as string,
      });
      await expect(server.openbao.useToken(token).write('sys/wrapping/unwrap', {})).resolves.toBeDefined();
    },
  );

  it('works in a namespace of its own, under a mount of its own', async () => {
    const team = createOpenBao({ ...server.endpoint, namespace: 'team' }).useToken(server.rootToken);
    await team.write('sys/auth/robots', { type: 'approle' });
    await team.write('sys/mounts/kv', { type: 'kv' });
    await team.write('kv/a', { of: 'team' });
    await team.write('sys/policies/acl/reader', { policy: 'path "kv/*" { capabilities = ["read"] }' });
    await team.write('auth/robots/role/dr', {
      token_policies: ['reader'],
      bind_secret_id: false,
      token_bound_cidrs: ['127.0.0.1/32'],
    });
    const roleId = (await team.read('auth/robots/role/dr/role-id'))?.['role_id'] as string;
    const session = await logInAs({ method: 'approle', roleId, mountPath: 'robots', namespace: 'team' });
    expect(await session.read('kv/a')).toEqual({ of: 'team' });
  });
});

describe('JWT', () => {
  it('is accepted for its role, and for the default one', async () => {
    const jwt = known('JWT', jwtOf({ sub: 'ci' }));
    await logInAs({ method: 'jwt', role: 'dr', jwt });
    await logInAs({ method: 'jwt', jwt });
  });

  it.each([
    ['of another issuer', () => jwtOf({ sub: 'ci' }, stranger.privateKey)],
    ['of another subject', () => jwtOf({ sub: 'somebody' })],
    ['for another audience', () => jwtOf({ sub: 'ci', aud: ['other'] })],
    ['that has expired', () => jwtOf({ sub: 'ci', iat: 1, nbf: 1, exp: 100 })],
    ['that is none', () => 'not-a-token'],
  ])('is refused with a token %s', async (_, make) => {
    expect(await refusalOf({ method: 'jwt', role: 'dr', jwt: known('JWT', make()) })).toMatchObject({
      type: 'LoginRefused',
      message: expect.stringContaining('does not accept this token for this role') as string,
    });
  });

  it('is refused for a role that is not there', async () => {
    const credential = { method: 'jwt', role: 'nope', jwt: known('JWT', jwtOf({ sub: 'ci' })) } as const;
    expect(await refusalOf(credential)).toMatchObject({
      type: 'LoginRefused',
      message: expect.stringContaining('The login has no such role: check its name.') as string,
    });
  });
});

describe('Kubernetes', () => {
  it('is accepted with the token of a service account that the cluster knows', async () => {
    await logInAs({ method: 'kubernetes', role: 'dr', jwt: known('SA', accountToken('backup')) });
  });

  it("is asked for with the pod's own token where none is named", async () => {
    values.set('file:/var/run/secrets/kubernetes.io/serviceaccount/token', accountToken('backup'));
    await logInAs({ method: 'kubernetes', role: 'dr' });
  });

  it('is refused for another account, and for a role that is not there', async () => {
    const other = known('SA', accountToken('somebody'));
    expect(await refusalOf({ method: 'kubernetes', role: 'dr', jwt: other })).toMatchObject({
      type: 'LoginRefused',
      message: expect.stringContaining('does not accept this service account for this role') as string,
    });
    const jwt = known('SA', accountToken('backup'));
    expect((await refusalOf({ method: 'kubernetes', role: 'nope', jwt })).message).toContain('has no such role');
  });

  it('is no clear refusal where the cluster does not know the token: a login that is not mounted says the same', async () => {
    const forged = known('SA', accountToken('forged'));
    expect(await refusalOf({ method: 'kubernetes', role: 'dr', jwt: forged })).toMatchObject({
      type: 'PermissionDenied',
    });
  });
});

describe('a certificate', () => {
  it('is accepted, for its role and for whichever it fits', async () => {
    const drill = await clientOf('drill');
    await logInAs({ method: 'cert', role: 'dr', ...drill });
    await logInAs({ method: 'cert', ...drill });
  });

  it.each([
    [
      'of a foreign CA',
      async () => clientOf('drill', await createCertificateAuthority({ commonName: 'x', validDays: 1 })),
    ],
    ['of another name', () => clientOf('somebody')],
  ])('is refused when it is one %s', async (_, make) => {
    expect(await refusalOf({ method: 'cert', role: 'dr', ...(await make()) })).toMatchObject({
      type: 'LoginRefused',
      message: expect.stringContaining('does not accept this certificate') as string,
    });
  });

  it('cannot be used without its own key', async () => {
    const [{ certificate }, { key }] = await Promise.all([clientOf('drill'), clientOf('somebody')]);
    expect(await refusalOf({ method: 'cert', certificate, key })).toMatchObject({
      type: 'SecretUnusable',
      message: expect.stringContaining('check that they belong together') as string,
    });
  });
});

describe('a token', () => {
  it('is accepted, with the default policy or without it', async () => {
    const token = await server.root.createOrphanToken({ policies: ['ann'] });
    const session = await logInAs({ method: 'token', token: known('TOKEN', token) });
    expect(await session.capabilities('sys/mounts').catch(() => ['deny'])).toEqual(['deny']);
    await logInAs({ method: 'token', token: known('TOKEN', server.rootToken) });
  });

  it('is refused once it was revoked, and when it never was one', async () => {
    const token = await server.root.createOrphanToken({ policies: ['default'] });
    await server.root.write('auth/token/revoke', { token });
    for (const wrong of [token, 's.AAAAAAAAAAAAAAAAAAAAAAAA']) {
      expect(await refusalOf({ method: 'token', token: known('TOKEN', wrong) })).toMatchObject({
        type: 'LoginRefused',
        message: expect.stringContaining('does not accept this token: it has expired, was revoked') as string,
      });
    }
  });
});

describe('a listener that asks for certificates of its own CA', () => {
  it('refuses a foreign one in words of its own', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'strict-listener-'));
    const authority = await createCertificateAuthority({ commonName: 'listener', validDays: 1 });
    const names = { commonName: 'strict', dnsNames: ['strict.example.com'], ipAddresses: ['127.0.0.1'], validDays: 1 };
    const { certificatePem, keyPem } = await authority.issue(names);
    for (const [name, text] of Object.entries({ cert: certificatePem, key: keyPem, ca: authority.certificatePem })) {
      await writeFile(join(folder, name), text, { mode: 0o600 });
    }
    const [port = 0] = await findFreePorts(1);
    // As OpenBao's listener with tls_require_and_verify_client_cert, it ends the handshake with an alert.
    const strict = ['-Verify', '1', '-verify_return_error', '-CAfile', 'ca', '-cert', 'cert', '-key', 'key'];
    const listener = spawn('openssl', ['s_server', '-accept', `127.0.0.1:${port}`, ...strict, '-www'], {
      cwd: folder,
      stdio: 'ignore',
    });
    const endpoint = {
      address: `https://127.0.0.1:${port}`,
      serverName: 'strict.example.com',
      caPem: authority.certificatePem,
    };
    try {
      await waitUntil(async () => ((await acceptsConnections(port)) ? true : undefined), {
        what: 'the listener',
        timeoutMs: 10_000,
        intervalMs: 50,
      });
      const credential = { method: 'cert', ...(await clientOf('drill')) } as const;
      const failure = createLogIn()(endpoint, credential, { references, connect: createOpenBao });
      await expect(failure).rejects.toMatchObject({
        type: 'LoginRefused',
        message: expect.stringContaining("OpenBao's listener does not accept this certificate") as string,
      });
    } finally {
      listener.kill();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
