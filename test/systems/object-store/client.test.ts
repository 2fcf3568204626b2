import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { CreateMultipartUploadCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { createObjectStore, type ObjectStore } from '../../../systems/object-store/client.js';
import { createS3Client } from '../../../systems/object-store/s3-client.js';
import { findFreePorts } from '../../../systems/processes/free-ports.js';
import { s3ServerKinds, startS3Server, type TestS3Server } from '../../support/servers/s3-server.js';

const MIB = 1024 * 1024;

/** Random bytes made as they are asked for, and their digest once they are. */
const randomStream = (sizeBytes: number, failAfterBytes = Infinity, failure?: Error) => {
  const hash = createHash('sha256');
  let made = 0;
  const bytes = function* () {
    while (made < sizeBytes) {
      if (made >= failAfterBytes) throw failure ?? new Error('failed');
      const chunk = randomBytes(Math.min(64 * 1024, sizeBytes - made));
      made += chunk.length;
      hash.update(chunk);
      yield chunk;
    }
  };
  return { body: Readable.from(bytes(), { objectMode: false }), sha256: () => hash.digest('hex') };
};

const text = (content: string): Readable => Readable.from([Buffer.from(content)], { objectMode: false });

describe.each(s3ServerKinds())('a bucket on %s', (kind) => {
  let server: TestS3Server;
  let store: ObjectStore;

  beforeAll(async () => {
    server = await startS3Server(kind);
    ({ store } = server);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const unfinishedUploads = async (): Promise<number> => {
    const client = createS3Client(server.access);
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: server.access.bucket }));
    client.destroy();
    return Uploads.length;
  };

  it('gives back 40 MiB that were streamed into it, and leaves no parts', async () => {
    const { body, sha256 } = randomStream(40 * MIB);
    await store.upload({ key: 'large', body });
    expect(await store.head('large')).toMatchObject({ sizeBytes: 40 * MIB });

    const object = await store.download({ key: 'large' });
    expect(object.sizeBytes).toBe(40 * MIB);
    const hash = createHash('sha256');
    for await (const chunk of object.body as AsyncIterable<Buffer>) hash.update(chunk);
    expect(hash.digest('hex')).toBe(sha256());
    expect(await unfinishedUploads()).toBe(0);
  });

  it('takes objects smaller than a part, and empty ones', async () => {
    await store.upload({ key: 'small/text', body: text('hello') });
    await store.upload({ key: 'small/empty', body: Readable.from([], { objectMode: false }) });
    expect((await buffer((await store.download({ key: 'small/text' })).body)).toString()).toBe('hello');
    expect((await buffer((await store.download({ key: 'small/empty' })).body)).length).toBe(0);
    expect(await store.list('small/')).toMatchObject([
      { key: 'small/empty', sizeBytes: 0 },
      { key: 'small/text', sizeBytes: 5 },
    ]);
  });

  it('never overwrites an object', async () => {
    await store.upload({ key: 'once', body: text('first') });
    const second = text('second');
    await expect(store.upload({ key: 'once', body: second })).rejects.toMatchObject({
      type: 'ObjectExists',
      retryable: false,
    });
    expect(second.destroyed).toBe(true);
    expect((await buffer((await store.download({ key: 'once' })).body)).toString()).toBe('first');
  });

  it.each([
    ['small', 5],
    ['large', 20 * MIB],
  ])('lets only one of two %s uploads to one key win', async (name, sizeBytes) => {
    // Both have looked before either has written, so that only the store itself can tell them apart.
    let arrived = 0;
    let open!: () => void;
    const bothHere = new Promise<void>((resolve) => (open = resolve));
    const contender = () =>
      Readable.from(
        (async function* () {
          if (++arrived === 2) open();
          await bothHere;
          yield randomBytes(sizeBytes);
        })(),
        { objectMode: false },
      );
    const outcomes = await Promise.allSettled(
      [1, 2].map(() => store.upload({ key: `race/${name}`, body: contender() })),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { type: 'ObjectExists' } });
  });

  it("leaves no object and no parts when the source fails, and the source's own error comes out", async () => {
    const failure = Object.assign(new Error('the snapshot broke off'), { code: 'ECONNRESET' });
    const { body } = randomStream(40 * MIB, 25 * MIB, failure);
    await expect(store.upload({ key: 'broken', body })).rejects.toBe(failure);
    expect(await store.head('broken')).toBeUndefined();
    expect(await unfinishedUploads()).toBe(0);
  });

  it('leaves no object and no parts when it is cancelled', async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const { signal } = controller;
    const source = randomStream(400 * MIB).body;
    const body = Readable.from(
      (async function* () {
        let seenBytes = 0;
        for await (const chunk of source as AsyncIterable<Buffer>) {
          seenBytes += chunk.length;
          if (seenBytes > 100 * MIB) controller.abort(reason);
          yield chunk;
        }
      })(),
      { objectMode: false },
    );
    await expect(store.upload({ key: 'cancelled', body, signal })).rejects.toBe(reason);
    expect(body.destroyed).toBe(true);
    expect(await store.head('cancelled')).toBeUndefined();
    expect(await unfinishedUploads()).toBe(0);
  });

  it('removes what an upload that died left under the same key, and only that', async () => {
    const client = createS3Client(server.access);
    for (const Key of ['died', 'died-other']) {
      await client.send(new CreateMultipartUploadCommand({ Bucket: server.access.bucket, Key }));
    }
    client.destroy();
    await store.upload({ key: 'died', body: text('again') });
    expect(await unfinishedUploads()).toBe(1);
    await store.upload({ key: 'died-other', body: text('again') });
    expect(await unfinishedUploads()).toBe(0);
  });

  it('keeps small texts, in place of earlier ones', async () => {
    expect(await store.head('note.json')).toBeUndefined();
    await store.putText('note.json', '{"sha256":"1"}');
    await store.putText('note.json', '{"sha256":"2"}');
    expect((await buffer((await store.download({ key: 'note.json' })).body)).toString()).toBe('{"sha256":"2"}');
    await store.remove('note.json');
    await store.remove('note.json');
    await expect(store.download({ key: 'note.json' })).rejects.toMatchObject({ type: 'ObjectMissing' });
  });

  it('lists more objects than fit one page', async () => {
    const keys = Array.from({ length: 1_010 }, (_, at) => `many/${String(at).padStart(4, '0')}`);
    for (let at = 0; at < keys.length; at += 50) {
      await Promise.all(keys.slice(at, at + 50).map((key) => store.putText(key, 'x')));
    }
    expect((await store.list('many/')).map(({ key }) => key)).toEqual(keys);
  });

  it('tells a missing object', async () => {
    expect(await store.head('nowhere')).toBeUndefined();
    await expect(store.download({ key: 'nowhere' })).rejects.toMatchObject({ type: 'ObjectMissing', retryable: false });
  });

  it('downloads only the content that was asked for', async () => {
    await store.putText('pinned', 'this');
    const { etag } = await store.download({ key: 'pinned' });
    expect((await buffer((await store.download({ key: 'pinned', etag })).body)).toString()).toBe('this');
    await store.putText('pinned', 'that');
    await expect(store.download({ key: 'pinned', etag })).rejects.toMatchObject({ type: 'ObjectChanged' });
  });

  it('ends a download with the reason of the signal when cancelled', async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const { body } = await store.download({ key: 'large', signal: controller.signal });
    body.once('data', () => controller.abort(reason));
    await expect(buffer(body)).rejects.toBe(reason);
  });

  it('probes without leaving anything', async () => {
    expect(await store.probeWrite('probes')).toEqual({ overwriting: 'by-the-store' });
    await store.probeRead('probes/');
    expect(await store.list('probes/')).toEqual([]);
  });

  it('tells a missing bucket from a missing object', async () => {
    const elsewhere = createObjectStore({ ...server.access, bucket: 'no-such-bucket' });
    const missing = { type: 'BucketMissing', retryable: false };
    await expect(elsewhere.head('x')).rejects.toMatchObject(missing);
    await expect(elsewhere.download({ key: 'x' })).rejects.toMatchObject(missing);
    await expect(elsewhere.probeRead('')).rejects.toMatchObject(missing);
    await expect(elsewhere.probeWrite('')).rejects.toMatchObject(missing);
    await expect(elsewhere.upload({ key: 'x', body: text('x') })).rejects.toMatchObject(missing);
    elsewhere.close();
  });

  it.each([
    ['secret', { secretAccessKey: 'not-the-secret' }],
    ['key', { accessKeyId: 'not-the-key' }],
  ])('refuses a wrong %s, without repeating any', async (_, wrong) => {
    const stranger = createObjectStore({ ...server.access, ...wrong });
    for (const call of [
      () => stranger.probeRead(''),
      () => stranger.probeWrite(''),
      () => stranger.head('large'),
      () => stranger.download({ key: 'large' }),
      () => stranger.ensureBucket(),
    ]) {
      const failure: unknown = await call().catch((error: unknown) => error);
      expect(failure).toMatchObject({ type: 'ObjectStoreAccessDenied', retryable: false });
      expect(JSON.stringify(failure) + String(failure)).not.toMatch(/not-the-/);
      expect(JSON.stringify(failure) + String(failure)).not.toContain(server.access.secretAccessKey);
    }
    stranger.close();
  });

  it('is created once, however often it is ensured', async () => {
    const other = createObjectStore({ ...server.access, bucket: 'another-bucket' });
    await other.ensureBucket();
    await other.ensureBucket();
    await other.probeRead('');
    other.close();
  });
});

describe('an object store', () => {
  const anyone = { region: 'us-east-1', bucket: 'b', forcePathStyle: true, accessKeyId: 'a', secretAccessKey: 's' };

  it('that cannot be reached may be tried again', async () => {
    const [port = 0] = await findFreePorts(1);
    const nowhere = createObjectStore({ ...anyone, endpoint: `http://127.0.0.1:${port}` });
    const unreachable = { type: 'ObjectStoreUnreachable', retryable: true };
    await expect(nowhere.probeRead('')).rejects.toMatchObject(unreachable);
    await expect(nowhere.upload({ key: 'x', body: text('x') })).rejects.toMatchObject(unreachable);
    nowhere.close();
  });

  it('that breaks off a download errors the stream, and may be tried again', async () => {
    const breaker = createServer((_, response) => {
      response.writeHead(200, { 'content-length': 1_000_000, etag: '"one"' });
      response.write(Buffer.alloc(100_000), () => response.destroy());
    });
    await new Promise<void>((resolve) => breaker.listen(0, '127.0.0.1', resolve));
    const store = createObjectStore({
      ...anyone,
      endpoint: `http://127.0.0.1:${(breaker.address() as AddressInfo).port}`,
    });
    const { body } = await store.download({ key: 'x' });
    await expect(buffer(body)).rejects.toMatchObject({ type: 'ObjectStoreUnreachable', retryable: true });
    store.close();
    await new Promise((resolve) => breaker.close(resolve));
  });

  it('is what it was given, whatever profiles and variables the environment has', async () => {
    const asked: (string | undefined)[] = [];
    const listener = createServer((request, response) => {
      asked.push(request.headers.authorization);
      response.writeHead(403).end();
    });
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const endpoint = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
    vi.stubEnv('AWS_PROFILE', 'no-such-profile');
    vi.stubEnv('AWS_CONFIG_FILE', '/nonexistent/config');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'key-of-the-environment');
    vi.stubEnv('AWS_REGION', 'eu-north-1');
    vi.stubEnv('AWS_ENDPOINT_URL_S3', 'http://127.0.0.1:1');
    vi.stubEnv('AWS_MAX_ATTEMPTS', 'garbage');
    try {
      const store = createObjectStore({ ...anyone, endpoint });
      await expect(store.probeRead('')).rejects.toMatchObject({ type: 'ObjectStoreAccessDenied' });
      expect(asked).toHaveLength(1);
      expect(asked[0]).toMatch(/Credential=a\/\d+\/us-east-1\/s3\//);
      store.close();
    } finally {
      vi.unstubAllEnvs();
      await new Promise((resolve) => listener.close(resolve));
    }
  });
});
