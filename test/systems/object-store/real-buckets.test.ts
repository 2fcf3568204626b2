/** What buckets do that no server of our own lanes does, on a played S3. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { isKnownFailure } from '../../../domain/known-failure.js';
import { createObjectStore, type ObjectStore, type ObjectStoreOptions } from '../../../systems/object-store/client.js';
import { type PlayedRequest, type PlayedS3, playS3, refuse, type Rule } from '../../support/servers/played-s3.js';

const MIB = 1024 * 1024;
const open: { s3: PlayedS3; store: ObjectStore }[] = [];

const bucketOf = async (rule?: Rule, options: Partial<ObjectStoreOptions> = {}, versions = false) => {
  const s3 = await playS3(rule, versions);
  const place = { endpoint: s3.endpoint, region: 'us-east-1', bucket: 'backups', forcePathStyle: true };
  const store = createObjectStore({ ...place, accessKeyId: 'key-id', secretAccessKey: 'secret-key', ...options });
  open.push({ s3, store });
  return { s3, store };
};

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const { s3, store } of open.splice(0)) {
    store.close();
    await s3[Symbol.asyncDispose]();
  }
});

const body = (sizeBytes: number) => Readable.from([Buffer.alloc(sizeBytes, 'x')], { objectMode: false });
const read = async (store: ObjectStore, key: string, versionId?: string) =>
  buffer((await store.download({ key, versionId })).body);
const failureOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'nothing',
    (error: unknown) => error,
  );

const isWrite = ({ method, query }: PlayedRequest) => method === 'PUT' && !query.has('tagging');

describe('a bucket with Object Lock', () => {
  const locked: Rule = (request, response) => {
    const { headers, body: content } = request;
    if (!isWrite(request)) return false;
    const md5 = createHash('md5').update(content).digest('base64');
    if (headers['content-md5'] === md5) return false;
    return refuse(request, response, [
      400,
      'InvalidRequest',
      'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters',
    ]);
  };

  it('takes probe, sidecar, small and large objects, each write with its digest and none with a trailer', async () => {
    const { s3, store } = await bucketOf(locked);
    await store.probeWrite('probe');
    await store.upload({ key: 'small', body: body(1000) });
    await store.upload({ key: 'large', body: body(20 * MIB) });
    await store.putText('small.json', '{}');
    expect((await read(store, 'large')).length).toBe(20 * MIB);
    expect(s3.requests.filter(isWrite).every(({ headers }) => headers['content-md5'] !== undefined)).toBe(true);
    expect(s3.requests.some(({ headers }) => 'x-amz-trailer' in headers)).toBe(false);
  });
});

it.each([1000, 20 * MIB])('a store that refuses digests gets %d bytes without them', async (sizeBytes) => {
  const { store } = await bucketOf(
    (request, response) =>
      request.headers['content-md5'] !== undefined &&
      refuse(request, response, [501, 'NotImplemented', 'The header Content-MD5 is not implemented']),
  );
  await store.upload({ key: 'a', body: body(sizeBytes) });
  expect((await read(store, 'a')).length).toBe(sizeBytes);
  // The condition was not given up with it.
  await expect(store.probeWrite('probe')).resolves.toEqual({ overwriting: 'by-the-store' });
});

it('damage on the way is no refusal of the digest', async () => {
  const { store } = await bucketOf(
    (request, response) =>
      isWrite(request) &&
      refuse(request, response, [400, 'BadDigest', 'The Content-MD5 you specified did not match what we received.']),
  );
  await expect(store.upload({ key: 'a', body: body(10) })).rejects.toMatchObject({
    type: 'ObjectStoreUnavailable',
    retryable: true,
  });
});

describe('a store without conditional writes', () => {
  const refusing: Rule = (request, response) =>
    request.headers['if-none-match'] !== undefined &&
    refuse(request, response, [
      501,
      'NotImplemented',
      'A header you provided implies functionality that is not implemented',
    ]);
  const ignoring: Rule = ({ headers }) => {
    delete headers['if-none-match'];
  };

  it.each([
    ['refuses them', refusing],
    ['ignores them', ignoring],
  ])('is told by the probe when it %s, and never overwritten what the look before an upload finds', async (_, rule) => {
    const { store } = await bucketOf(rule);
    expect(await store.probeWrite('probe')).toEqual({ overwriting: 'looked-before' });
    await store.upload({ key: 'small', body: body(10) });
    await store.upload({ key: 'large', body: body(9 * MIB) });
    await expect(store.upload({ key: 'large', body: body(10) })).rejects.toMatchObject({ type: 'ObjectExists' });
    expect((await read(store, 'large')).length).toBe(9 * MIB);
  });
});

it('a bucket that keeps versions says which it made, and gives that one back although a newer one hides it', async () => {
  const { store } = await bucketOf(undefined, {}, true);
  const { versionId } = await store.upload({ key: 'a', body: Readable.from([Buffer.from('first')]) });
  expect(versionId).toBe('version-1');
  await store.putText('a', 'second, and longer');
  expect((await read(store, 'a', versionId)).toString()).toBe('first');
  expect(await store.head('a', versionId)).toMatchObject({ sizeBytes: 5 });
  expect(await store.head('a')).toMatchObject({ sizeBytes: 18 });
});

describe('credentials', () => {
  it('that are temporary go with their session token', async () => {
    const { s3, store } = await bucketOf(undefined, { sessionToken: 'session-token' });
    await store.probeRead('');
    expect(s3.requests[0]!.headers['x-amz-security-token']).toBe('session-token');
  });

  it('that were not given are found as the programs of AWS find them', async () => {
    const s3 = await playS3();
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'key-of-the-chain');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret-of-the-chain');
    vi.stubEnv('AWS_SESSION_TOKEN', 'token-of-the-chain');
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    const store = createObjectStore({ endpoint: s3.endpoint, region: 'r', bucket: 'backups', forcePathStyle: true });
    open.push({ s3, store });
    await store.probeRead('');
    expect(s3.requests[0]!.headers).toMatchObject({
      authorization: expect.stringContaining('Credential=key-of-the-chain/') as string,
      'x-amz-security-token': 'token-of-the-chain',
    });
  });

  it('that are nowhere are asked for, and nothing is sent', async () => {
    const s3 = await playS3();
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE']) vi.stubEnv(name, undefined);
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    vi.stubEnv('AWS_CONFIG_FILE', '/nonexistent/config');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nonexistent/credentials');
    const store = createObjectStore({ endpoint: s3.endpoint, region: 'r', bucket: 'backups', forcePathStyle: true });
    open.push({ s3, store });
    await expect(store.probeRead('')).rejects.toMatchObject({ type: 'S3CredentialsMissing', retryable: false });
    expect(s3.requests).toEqual([]);
  });
});

it('new objects are encrypted with the KMS key that the bucket is described with', async () => {
  const { s3, store } = await bucketOf(undefined, { sseKmsKey: 'arn:aws:kms:key' });
  await store.upload({ key: 'small', body: body(10) });
  await store.upload({ key: 'large', body: body(9 * MIB) });
  await store.putText('small.json', '{}');
  const making = s3.requests.filter(
    ({ method, query }) => (method === 'PUT' && !query.has('uploadId')) || query.has('uploads'),
  );
  const made = making.filter(({ method }) => method !== 'GET');
  expect(made).toHaveLength(3);
  for (const { headers } of made) {
    expect(headers['x-amz-server-side-encryption']).toBe('aws:kms');
    expect(headers['x-amz-server-side-encryption-aws-kms-key-id']).toBe('arn:aws:kms:key');
  }
});

describe('a refusal', () => {
  type Answer = readonly [status: number, code: string, message: string, more?: string];
  it.each<[Answer, type: string, says: string, retryable: boolean]>([
    [
      [
        400,
        'AuthorizationHeaderMalformed',
        "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-central-1'",
        '<Region>eu-central-1</Region>',
      ],
      'ObjectStoreWrongRegion',
      'is in region eu-central-1: give that with --region',
      false,
    ],
    [
      [
        301,
        'PermanentRedirect',
        'The bucket you are attempting to access must be addressed using the specified endpoint.',
      ],
      'ObjectStoreWrongRegion',
      'another region',
      false,
    ],
    [[400, 'ExpiredToken', 'The provided token has expired.'], 'ObjectStoreAccessDenied', 'AWS_SESSION_TOKEN', false],
    [
      [403, 'InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.'],
      'ObjectStoreAccessDenied',
      'does not know this access key',
      false,
    ],
    [
      [403, 'SignatureDoesNotMatch', 'The request signature we calculated does not match'],
      'ObjectStoreAccessDenied',
      'secret key does not fit',
      false,
    ],
    [[403, 'AccessDenied', 'Access Denied by bucket policy'], 'ObjectStoreAccessDenied', 'need s3:ListBucket', false],
    [
      [403, 'AccessDenied', 'requires server-side-encryption aws:kms'],
      'ObjectStoreAccessDenied',
      'the encryption asked for',
      false,
    ],
    [
      [403, 'InvalidObjectState', "The operation is not valid for the object's storage class"],
      'ObjectArchived',
      'restore it in the bucket first',
      false,
    ],
    [
      [403, 'RequestTimeTooSkewed', 'The difference between the request time and the current time is too large.'],
      'ObjectStoreFailed',
      'set the clock',
      false,
    ],
    [
      [403, 'SecondLevelDomainForbidden', 'Please use virtual hosted style to access.'],
      'ObjectStoreFailed',
      '--virtual-host',
      false,
    ],
    [[404, 'NoSuchBucket', 'The specified bucket does not exist'], 'BucketMissing', 'create it', false],
    [[404, 'NoSuchKey', 'The specified key does not exist.'], 'ObjectMissing', 'check its key', false],
    [
      [405, 'MethodNotAllowed', 'The specified method is not allowed against this resource.'],
      'ObjectStoreFailed',
      'does not allow this',
      false,
    ],
    [
      [409, 'OperationAborted', 'A conflicting conditional operation is currently in progress'],
      'ObjectStoreUnavailable',
      'try again',
      true,
    ],
    [[409, 'ConditionalRequestConflict', 'Conflict'], 'ObjectExists', 'nothing is ever overwritten', false],
    [
      [412, 'PreconditionFailed', 'At least one of the pre-conditions'],
      'ObjectExists',
      'nothing is ever overwritten',
      false,
    ],
    [[416, 'InvalidRange', 'The requested range is not satisfiable'], 'ObjectStoreFailed', 'shorter', false],
    [[429, 'TooManyRequests', 'Slow down'], 'ObjectStoreUnavailable', 'fewer requests', true],
    [[501, 'NotImplemented', 'not implemented'], 'ObjectStoreFailed', 'cannot do this', false],
    [[503, 'SlowDown', 'Please reduce your request rate.'], 'ObjectStoreUnavailable', 'fewer requests', true],
    [
      [500, 'InternalError', 'We encountered an internal error.'],
      'ObjectStoreUnavailable',
      'cannot serve requests now',
      true,
    ],
    [[400, 'KMS.DisabledException', 'arn:aws:kms is disabled.'], 'ObjectStoreFailed', 'KMS key cannot be used', false],
    [
      [400, 'EntityTooLarge', 'Your proposed upload exceeds the maximum'],
      'ObjectStoreFailed',
      'did not do what was asked',
      false,
    ],
  ])('%j is named and quoted, and only what may pass is tried again', async (answer, type, says, retryable) => {
    const { store } = await bucketOf((request, response) => refuse(request, response, answer));
    const failure = await failureOf(store.probeRead(''));
    if (!isKnownFailure(failure)) throw failure;
    expect(failure).toMatchObject({ type, retryable });
    expect(failure.message).toContain(says);
    if (type !== 'ObjectExists' && answer[1] !== 'SlowDown') expect(failure.message).toContain(answer[2].slice(0, 20));
    expect(failure.message).not.toMatch(/these credentials:|secret-key/);
  });

  it('of a HEAD, which has no words, is explained by the same question with GET', async () => {
    const { store } = await bucketOf((request, response) =>
      refuse(request, response, [400, 'AuthorizationHeaderMalformed', 'malformed', '<Region>eu-west-3</Region>']),
    );
    await expect(store.head('a')).rejects.toMatchObject({
      type: 'ObjectStoreWrongRegion',
      message: expect.stringContaining('eu-west-3') as string,
    });
  });

  it('repeats neither secrets nor more than a line of what the store says', async () => {
    const { store } = await bucketOf((request, response) =>
      refuse(request, response, [
        403,
        'AccessDenied',
        `token hvs.CAESIJ0aaaaaaaaaaa, password: hunter2-hunter2, AKIAABCDEFGHIJKLMNOP ${'long '.repeat(1000)}`,
      ]),
    );
    const { message } = (await failureOf(store.probeRead(''))) as Error;
    expect(message).not.toMatch(/hvs\.|hunter2|AKIAABCD/);
    expect(message.length).toBeLessThan(700);
  });
});

describe('what is no S3', () => {
  const page = '<html><body>welcome</body></html>';
  const html: Rule = (_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end(page);
    return true;
  };
  const bare: Rule = (_, response) => {
    response.writeHead(200).end(page);
    return true;
  };

  it.each([
    ['pages', html],
    ['pages without a type', bare],
  ])('is refused when it answers everything with 200 and %s', async (_, rule) => {
    const { store } = await bucketOf(rule);
    for (const call of [
      () => store.probeRead(''),
      () => store.probeWrite('probe'),
      () => store.list(''),
      () => store.head('a'),
      () => store.download({ key: 'a' }),
      () => store.upload({ key: 'a', body: body(10) }),
    ]) {
      expect(await failureOf(call())).toMatchObject({
        type: 'ObjectStoreFailed',
        retryable: false,
        message: expect.stringContaining('does not answer as S3 does') as string,
      });
    }
  });

  it('is not an empty bucket, nor a missing object, when it answers with pages of its own', async () => {
    const { store } = await bucketOf((_, response) => {
      response.writeHead(404, { 'content-type': 'text/html' }).end(page);
      return true;
    });
    await expect(store.list('')).rejects.toMatchObject({ type: 'ObjectStoreFailed' });
  });

  it.each([200, 403])('is not read for ever when its answer with %d has no end', async (status) => {
    const { store } = await bucketOf((_, response) => {
      response.writeHead(status, { 'content-type': 'application/xml' });
      response.write('<ListBucketResult>');
      const more = (): void => {
        while (response.write(Buffer.alloc(MIB, ' '))) if (response.destroyed) return;
        response.once('drain', more);
      };
      more();
      return true;
    });
    await expect(store.list('')).rejects.toMatchObject({
      type: 'ObjectStoreFailed',
      message: expect.stringContaining('has no end') as string,
    });
  });

  it('is not asked for ever when its list has no end, or does not say how it goes on', async () => {
    const listing =
      (more: string): Rule =>
      (_, response) => {
        const text = `<ListBucketResult><IsTruncated>true</IsTruncated>${more}<Contents><Key>a</Key><Size>1</Size></Contents></ListBucketResult>`;
        response.writeHead(200, { 'content-type': 'application/xml' }).end(text);
        return true;
      };
    const round = await bucketOf(listing('<NextContinuationToken>again</NextContinuationToken>'));
    await expect(round.store.list('')).rejects.toThrow('does not end');
    const cut = await bucketOf(listing(''));
    await expect(cut.store.list('')).rejects.toThrow('is cut short');
  });
});

describe('a silent store', () => {
  it('costs one call its limit, not three times two minutes', async () => {
    const { s3, store } = await bucketOf(() => true, { callTimeoutMs: 200 });
    await expect(store.probeRead('')).rejects.toMatchObject({ type: 'ObjectStoreUnreachable', retryable: true });
    expect(s3.requests).toHaveLength(1);
  });

  it('costs one call its limit when it sends a byte now and then', async () => {
    const { store } = await bucketOf(
      (_, response) => {
        response.writeHead(200, { 'content-type': 'application/xml' });
        const drip = setInterval(() => response.write(' '), 20);
        response.once('close', () => clearInterval(drip));
        return true;
      },
      { callTimeoutMs: 200 },
    );
    await expect(store.probeRead('')).rejects.toMatchObject({ type: 'ObjectStoreUnreachable' });
  });

  it('fails a download whose bytes stop, and an upload that is not answered', async () => {
    const { store } = await bucketOf(
      ({ method }, response) => {
        if (method === 'GET') response.writeHead(200, { etag: '"a"', 'content-length': 100 }).write('some');
        if (method === 'HEAD') response.writeHead(404).end();
        return true;
      },
      { stallTimeoutMs: 200, callTimeoutMs: 2_000 },
    );
    const { body: bytes } = await store.download({ key: 'a' });
    await expect(buffer(bytes)).rejects.toMatchObject({ type: 'ObjectStoreUnreachable', retryable: true });
  });
});
