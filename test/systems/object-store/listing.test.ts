/** Buckets of a size that no server here can be filled to: their pages are made as they are asked for. */
import { describe, expect, it } from 'vitest';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createObjectStore, type ObjectStore } from '../../../systems/object-store/client.js';
import { createCertificateAuthority } from '../../../systems/tls/certificate-authority.js';
import { playS3, type Rule } from '../../support/servers/played-s3.js';

const place = { region: 'us-east-1', bucket: 'backups', forcePathStyle: true };
const keys = { accessKeyId: 'key-id', secretAccessKey: 'secret-key' };

/** A page of a thousand, and how it goes on. */
const pages =
  (count: number): Rule =>
  ({ query }, response) => {
    const page = Number(query.get('continuation-token') ?? 0);
    const contents = Array.from({ length: 1000 }, (_, i) => {
      const key = `prod/${String(page * 1000 + i).padStart(8, '0')}.snap`;
      return `<Contents><Key>${key}</Key><LastModified>2026-11-27T03:00:00.000Z</LastModified><Size>9</Size><StorageClass>STANDARD</StorageClass></Contents>`;
    });
    const more = page + 1 < count ? `<NextContinuationToken>${page + 1}</NextContinuationToken>` : '';
    response
      .writeHead(200, { 'content-type': 'application/xml' })
      .end(
        `<ListBucketResult><IsTruncated>${page + 1 < count}</IsTruncated>${more}${contents.join('')}</ListBucketResult>`,
      );
    return true;
  };

/** What is in use, and not merely left over. */
const heapBytes = (): number => {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
};

const countOf = async (store: ObjectStore, signal?: AbortSignal): Promise<number> => {
  let count = 0;
  for await (const object of store.objects('prod/', signal)) count += object.sizeBytes / 9;
  return count;
};

describe('a bucket with very many objects', () => {
  it('is gone through to its end, in the memory of a page', async () => {
    const thousands = 100;
    await using s3 = await playS3(pages(thousands));
    const store = createObjectStore({ ...place, ...keys, endpoint: s3.endpoint });
    // What is needed once is there before it is measured.
    await store.probeRead('');
    const before = heapBytes();
    expect(await countOf(store)).toBe(thousands * 1000);
    expect(heapBytes() - before).toBeLessThan(8 * 2 ** 20);
    store.close();
  });

  it('tells of each when it was stored and in which class', async () => {
    await using s3 = await playS3(pages(1));
    const store = createObjectStore({ ...place, ...keys, endpoint: s3.endpoint });
    const [first] = await store.list('prod/');
    expect(first).toEqual({
      key: 'prod/00000000.snap',
      sizeBytes: 9,
      storedAt: '2026-11-27T03:00:00.000Z',
      storageClass: 'STANDARD',
    });
    store.close();
  });

  it('is no longer listed once its step is cancelled', async () => {
    const cancel = new AbortController();
    let asked = 0;
    await using s3 = await playS3((request, response) => {
      asked += 1;
      if (asked === 3) cancel.abort(new Error('cancelled'));
      return pages(1_000)(request, response);
    });
    const store = createObjectStore({ ...place, ...keys, endpoint: s3.endpoint });
    await expect(countOf(store, cancel.signal)).rejects.toThrow('cancelled');
    expect(asked).toBe(3);
    store.close();
  });
});

describe('a store behind a certificate of its own', () => {
  it('is trusted by the CA that is named for it, and by no other', async () => {
    const [own, other] = await Promise.all(
      ['own', 'other'].map((commonName) => createCertificateAuthority({ commonName, validDays: 1 })),
    );
    const names = { commonName: 's3', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'], validDays: 1 };
    const { certificatePem, keyPem } = await own!.issue(names);
    const server = createServer({ cert: certificatePem, key: keyPem }, (_, response) => {
      response
        .writeHead(200, { 'content-type': 'application/xml' })
        .end('<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const endpoint = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const trusting = (caPem?: string) =>
      createObjectStore({ ...place, ...keys, endpoint, ...(caPem !== undefined && { caPem }) });
    await expect(trusting(own!.certificatePem).list('')).resolves.toEqual([]);
    for (const caPem of [other!.certificatePem, undefined]) {
      await expect(trusting(caPem).list('')).rejects.toMatchObject({
        type: 'ObjectStoreCertificateRefused',
        retryable: false,
        message: expect.stringContaining('check its certificate, the name in the endpoint and the CA.') as string,
      });
    }
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});
