/** AWS's own ways to credentials, as far as they can be gone here: variables, files and programs as they are, servers played. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createObjectStore } from '../../../systems/object-store/client.js';
import { type PlayedS3, playS3 } from '../../support/servers/played-s3.js';

let s3: PlayedS3;
let folder: string;
const servers: { close(): Promise<unknown> }[] = [];

beforeEach(async () => {
  s3 = await playS3();
  folder = await mkdtemp(join(tmpdir(), 'provider-chain-'));
  for (const name of Object.keys(process.env).filter((name) => /^AWS_(?!SDK_JS)/.test(name)))
    vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'));
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'credentials'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await s3[Symbol.asyncDispose]();
  for (const server of servers.splice(0)) await server.close();
  await rm(folder, { recursive: true, force: true });
});

/** What the bucket was asked with; or the failure. */
const askedWith = async (): Promise<{ keyId: string | undefined; token: string | undefined }> => {
  const store = createObjectStore({ endpoint: s3.endpoint, region: 'r', bucket: 'backups', forcePathStyle: true });
  try {
    await store.probeRead('');
  } finally {
    store.close();
  }
  const { authorization = '', ...headers } = s3.requests.at(-1)!.headers;
  const token = headers['x-amz-security-token'];
  return {
    keyId: /Credential=([^/]+)\//.exec(authorization)?.[1],
    token: typeof token === 'string' ? token : undefined,
  };
};

const play = async (
  answer: (request: IncomingMessage, body: string, response: ServerResponse) => void,
): Promise<string> => {
  const server = createServer(
    (request, response) => void text(request).then((body) => answer(request, body, response)),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push({ close: () => (server.closeAllConnections(), new Promise((resolve) => server.close(resolve))) });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const later = (): string => new Date(Date.now() + 3_600_000).toISOString();

describe('credentials that were not named', () => {
  it('come from variables, a session token with them', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'key-of-env');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    vi.stubEnv('AWS_SESSION_TOKEN', 'token-of-env');
    expect(await askedWith()).toEqual({ keyId: 'key-of-env', token: 'token-of-env' });
  });

  it('come from the profile that AWS_PROFILE names', async () => {
    const profiles = ['default', 'backup'].map(
      (name) => `[${name}]\naws_access_key_id = key-of-${name}\naws_secret_access_key = secret\n`,
    );
    await writeFile(join(folder, 'credentials'), profiles.join('\n'));
    expect((await askedWith()).keyId).toBe('key-of-default');
    vi.stubEnv('AWS_PROFILE', 'backup');
    expect((await askedWith()).keyId).toBe('key-of-backup');
  });

  it('come from the program that a profile names', async () => {
    const program = join(folder, 'give');
    const given = {
      Version: 1,
      AccessKeyId: 'key-of-process',
      SecretAccessKey: 'secret',
      SessionToken: 'token-of-process',
    };
    await writeFile(program, `#!/bin/sh\necho '${JSON.stringify(given)}'\n`);
    await chmod(program, 0o700);
    await writeFile(join(folder, 'config'), `[default]\ncredential_process = ${program}\n`);
    expect(await askedWith()).toEqual({ keyId: 'key-of-process', token: 'token-of-process' });
  });

  const webIdentity = async (answer: (response: ServerResponse) => void): Promise<URLSearchParams[]> => {
    const asked: URLSearchParams[] = [];
    const sts = await play((_, body, response) => {
      asked.push(new URLSearchParams(body));
      answer(response);
    });
    await writeFile(join(folder, 'token'), 'web-identity-token');
    vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', join(folder, 'token'));
    vi.stubEnv('AWS_ROLE_ARN', 'arn:aws:iam::123456789012:role/backup-reader');
    vi.stubEnv('AWS_REGION', 'eu-central-1');
    vi.stubEnv('AWS_ENDPOINT_URL_STS', sts);
    return asked;
  };

  it("come from a role that is taken with a pod's web identity", async () => {
    const asked = await webIdentity((response) => {
      const given = `<Credentials><AccessKeyId>key-of-role</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token-of-role</SessionToken><Expiration>${later()}</Expiration></Credentials>`;
      response
        .writeHead(200, { 'content-type': 'text/xml' })
        .end(
          `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>${given}</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
        );
    });
    expect(await askedWith()).toEqual({ keyId: 'key-of-role', token: 'token-of-role' });
    expect(Object.fromEntries(asked[0]!)).toMatchObject({
      Action: 'AssumeRoleWithWebIdentity',
      RoleArn: 'arn:aws:iam::123456789012:role/backup-reader',
      WebIdentityToken: 'web-identity-token',
    });
  });

  it('that are refused on the way are no refusal of the bucket, which was not asked', async () => {
    await webIdentity((response) => {
      response
        .writeHead(403, { 'content-type': 'text/xml' })
        .end(
          '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>Not authorized to perform sts:AssumeRoleWithWebIdentity</Message></Error></ErrorResponse>',
        );
    });
    await expect(askedWith()).rejects.toMatchObject({
      type: 'S3CredentialsRefused',
      retryable: false,
      message: expect.stringContaining('Not authorized to perform sts:AssumeRoleWithWebIdentity') as string,
    });
    expect(s3.requests).toEqual([]);
  });

  it('are waited for while who gives them is away', async () => {
    await webIdentity((response) => void response.destroy());
    await expect(askedWith()).rejects.toMatchObject({ type: 'S3CredentialsUnavailable', retryable: true });
  });

  it("come from a pod's identity agent, which wants the pod's token", async () => {
    const agent = await play((request, _, response) => {
      const isPod = request.headers.authorization === 'pod-token';
      const given = {
        AccessKeyId: 'key-of-pod',
        SecretAccessKey: 'secret',
        Token: 'token-of-pod',
        Expiration: later(),
      };
      response
        .writeHead(isPod ? 200 : 401, { 'content-type': 'application/json' })
        .end(JSON.stringify(isPod ? given : {}));
    });
    await writeFile(join(folder, 'pod-token'), 'pod-token');
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${agent}/v1/credentials`);
    vi.stubEnv('AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', join(folder, 'pod-token'));
    expect(await askedWith()).toEqual({ keyId: 'key-of-pod', token: 'token-of-pod' });
  });

  it("come from an instance's metadata, asked with a token first", async () => {
    const metadata = await play((request, _, response) => {
      if (request.method === 'PUT') return void response.writeHead(200).end('metadata-token');
      if (request.headers['x-aws-ec2-metadata-token'] !== 'metadata-token') return void response.writeHead(401).end();
      const given = {
        Code: 'Success',
        AccessKeyId: 'key-of-instance',
        SecretAccessKey: 'secret',
        Token: 'token-of-instance',
        Expiration: later(),
      };
      response.writeHead(200).end(request.url!.endsWith('/') ? 'backup-role' : JSON.stringify(given));
    });
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', undefined);
    vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', metadata);
    expect(await askedWith()).toEqual({ keyId: 'key-of-instance', token: 'token-of-instance' });
  });

  it('are asked for where there are none', async () => {
    await expect(askedWith()).rejects.toMatchObject({ type: 'S3CredentialsMissing' });
  });
});
