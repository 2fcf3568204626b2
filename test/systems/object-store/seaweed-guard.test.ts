import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startS3Server, type TestS3Server } from '../../support/servers/s3-server.js';

let s3: TestS3Server;
beforeAll(async () => {
  s3 = await startS3Server('seaweed');
  await s3.store.putText('source/a.snap', 'a snapshot');
});
afterAll(() => s3[Symbol.asyncDispose]());

/** As anybody on the machine may ask: without a key, over HTTP, and over TLS without a certificate. */
const ask = (secure: boolean, port: number, method: string, path: string): Promise<{ status: number; body: string }> =>
  new Promise((resolve) => {
    const options = { host: '127.0.0.1', port, method, path, rejectUnauthorized: false, timeout: 2_000 };
    const request = (secure ? httpsRequest : httpRequest)(options, (response) => {
      const { statusCode: status = 0 } = response;
      buffer(response).then(
        (body) => resolve({ status, body: body.toString() }),
        () => resolve({ status, body: '' }),
      );
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve({ status: 0, body: '' }));
    request.end(method === 'PUT' || method === 'POST' ? 'another' : undefined);
  });

it('lets nobody read, replace or delete a snapshot past the S3 gateway', { timeout: 60_000 }, async () => {
  const attempts: readonly (readonly [method: string, path: string])[] = [
    ['GET', '/buckets/test-bucket/source/a.snap'],
    ['GET', '/buckets/test-bucket/source/'],
    ['PUT', '/buckets/test-bucket/source/a.snap'],
    ['POST', '/submit'],
    ['DELETE', '/buckets/test-bucket/source/a.snap?recursive=true'],
    ['GET', '/dir/assign'],
    ['GET', '/col/delete?collection=test-bucket'],
    ['GET', '/1,01'],
    ['DELETE', '/1,01'],
  ];
  expect(s3.internalPorts.length).toBeGreaterThan(5);
  for (const port of s3.internalPorts) {
    for (const secure of [false, true]) {
      for (const [method, path] of attempts) {
        const { status, body } = await ask(secure, port, method, path);
        expect([port, secure, method, path, status < 200 || status >= 400]).toEqual([port, secure, method, path, true]);
        expect(body).not.toContain('a snapshot');
      }
    }
  }
  expect((await buffer((await s3.store.download({ key: 'source/a.snap' })).body)).toString()).toBe('a snapshot');
  expect((await s3.store.list('source/')).map(({ key }) => key)).toEqual(['source/a.snap']);
});
