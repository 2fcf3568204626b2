/** One bucket of an S3-compatible object store. */
import { randomUUID } from 'node:crypto';
import { type Readable } from 'node:stream';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { isKnownFailure } from '../../domain/known-failure.js';
import { guardedBody } from './download.js';
import { objectChanged, objectExists, objectStoreFailure } from './failures.js';
import { createS3Client, type S3Access } from './s3-client.js';
import { removeUnfinishedUploads, StoreError, uploadObject } from './upload.js';

export interface ObjectStoreOptions extends S3Access {
  readonly bucket: string;
}

export interface StoredObject {
  readonly key: string;
  readonly sizeBytes: number;
}

export interface ObjectHead {
  readonly sizeBytes: number;
  /** Names this very content; for {@link ObjectDownload.etag}. */
  readonly etag: string;
}

export interface ObjectUploadRequest {
  readonly key: string;
  /** Consumed or destroyed, however the call ends. */
  readonly body: Readable;
  readonly signal?: AbortSignal;
}

export interface ObjectDownload {
  readonly key: string;
  /** Only this content of the object will do. Default: whatever is there. */
  readonly etag?: string;
  readonly signal?: AbortSignal;
}

/**
 * Every method may throw KnownFailure `ObjectStoreUnreachable` (a retry may help), `ObjectStoreAccessDenied`,
 * `BucketMissing` or `ObjectStoreFailed` (a retry may help if the server was at fault).
 */
export interface ObjectStore {
  /** Creates the bucket unless it is there. */
  ensureBucket(): Promise<void>;
  /**
   * Streams an object into the bucket in parts of 8 MiB; at most two are in memory. Removes what an earlier,
   * unfinished upload of the same key left. If it fails, neither object nor parts stay.
   *
   * @throws KnownFailure `ObjectExists`: nothing is overwritten. A store that honours `If-None-Match` also sees to it when
   * two upload at the same moment. After a lost answer the object may be our own.
   * @throws the source's own error, or the signal's reason.
   */
  upload(request: ObjectUploadRequest): Promise<void>;
  /** Undefined if there is no such object. */
  head(key: string): Promise<ObjectHead | undefined>;
  /**
   * Resolves once the object begins to arrive. A connection that breaks errors the stream with `ObjectStoreUnreachable`.
   *
   * @throws KnownFailure `ObjectMissing`; `ObjectChanged` if it has another etag; the signal's reason.
   */
  download(request: ObjectDownload): Promise<{ readonly body: Readable } & ObjectHead>;
  /**
   * Writes a small text object, in place of an earlier one. This is how what is known only after an upload is kept with
   * the object, beside it under a key of its own: metadata cannot be changed afterwards (copying an object onto itself
   * ends at 5 GiB), and tags need a permission of their own and are not offered by every store.
   */
  putText(key: string, text: string): Promise<void>;
  /** Puts these tags in place of all the object had. Needs a permission of its own, and not every store has tags. */
  tag(key: string, tags: Readonly<Record<string, string>>): Promise<void>;
  /** All objects whose key begins with this, in the order of their keys. */
  list(prefix: string): Promise<StoredObject[]>;
  /** Removes an object; that there is none is fine. */
  remove(key: string): Promise<void>;
  /** Writes, looks at and removes a small object at `<prefix>/…`: what a backup needs. */
  probeWrite(prefix: string): Promise<void>;
  /** Lists under this prefix: the least a restore needs. */
  probeRead(prefix: string): Promise<void>;
  /** Closes idle connections; calls after it open new ones. */
  close(): void;
}

export const createObjectStore = ({ bucket, ...access }: ObjectStoreOptions): ObjectStore => {
  const client = createS3Client(access);
  const { endpoint } = access;
  const callOf = (operation: string, key?: string) => ({
    operation,
    endpoint,
    bucket,
    ...(key !== undefined && { key }),
  });

  const attempt = async <T>(operation: string, key: string | undefined, send: () => Promise<T>): Promise<T> => {
    try {
      return await send();
    } catch (error) {
      throw objectStoreFailure(callOf(operation, key), error);
    }
  };

  const bucketExists = () =>
    attempt('HeadBucket', undefined, () => client.send(new HeadBucketCommand({ Bucket: bucket }))).then(
      () => true,
      (error: unknown) => {
        if (isKnownFailure(error, 'ObjectMissing') || isKnownFailure(error, 'BucketMissing')) return false;
        throw error;
      },
    );

  const head = async (key: string): Promise<ObjectHead | undefined> => {
    try {
      const found = await attempt('HeadObject', key, () =>
        client.send(new HeadObjectCommand({ Bucket: bucket, Key: key })),
      );
      return { sizeBytes: found.ContentLength ?? 0, etag: found.ETag ?? '' };
    } catch (error) {
      if (!isKnownFailure(error, 'ObjectMissing')) throw error;
      // An answer to HEAD has no body that could say which of the two is missing.
      if (await bucketExists()) return undefined;
      throw objectStoreFailure(callOf('HeadObject', key), { name: 'NoSuchBucket' });
    }
  };

  const put = (key: string, text: string) =>
    attempt('PutObject', key, () => client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: text })));

  const removeOne = (key: string) =>
    attempt('DeleteObject', key, () => client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key })));

  const listPage = (prefix: string, from: string | undefined, limit: number) =>
    attempt('ListObjects', undefined, () =>
      client.send(
        new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: from, MaxKeys: limit }),
      ),
    );

  return {
    ensureBucket: async () => {
      if (await bucketExists()) return;
      try {
        await client.send(new CreateBucketCommand({ Bucket: bucket }));
      } catch (error) {
        // Somebody else was faster.
        if ((error as { name?: string }).name === 'BucketAlreadyOwnedByYou') return;
        throw objectStoreFailure(callOf('CreateBucket'), error);
      }
    },

    upload: async ({ key, body, signal }) => {
      // A source may fail before its first byte is asked for; what reads it then throws.
      body.once('error', () => undefined);
      try {
        signal?.throwIfAborted();
        if ((await head(key)) !== undefined) throw objectExists(callOf('PutObject', key));
        // Not every store can tell of unfinished uploads; one that cannot be reached fails the upload itself.
        await removeUnfinishedUploads(client, bucket, key).catch(() => undefined);
        await uploadObject(client, { bucket, key, body, signal });
      } catch (error) {
        throw error instanceof StoreError ? objectStoreFailure(callOf('PutObject', key), error.cause) : error;
      } finally {
        body.destroy();
      }
    },

    head,

    download: async ({ key, etag, signal }) => {
      signal?.throwIfAborted();
      const translate = (error: unknown): unknown => {
        if (signal?.aborted) return signal.reason;
        const failure = objectStoreFailure(callOf('GetObject', key), error);
        return failure.type === 'ObjectExists' ? objectChanged(callOf('GetObject', key)) : failure;
      };
      try {
        const found = await client.send(
          new GetObjectCommand({ Bucket: bucket, Key: key, ...(etag !== undefined && { IfMatch: etag }) }),
          signal === undefined ? {} : { abortSignal: signal },
        );
        const source = found.Body as Readable;
        const sizeBytes = found.ContentLength ?? 0;
        const giveUp = () => source.destroy();
        signal?.addEventListener('abort', giveUp, { once: true });
        source.once('close', () => signal?.removeEventListener('abort', giveUp));
        const body = guardedBody(source, sizeBytes, translate);
        return { body, sizeBytes, etag: found.ETag ?? '' };
      } catch (error) {
        throw translate(error);
      }
    },

    putText: async (key, text) => {
      await put(key, text);
    },

    tag: async (key, tags) => {
      const TagSet = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
      await attempt('PutObjectTagging', key, () =>
        client.send(new PutObjectTaggingCommand({ Bucket: bucket, Key: key, Tagging: { TagSet } })),
      );
    },

    list: async (prefix) => {
      const objects: StoredObject[] = [];
      let next: string | undefined;
      do {
        const page = await listPage(prefix, next, 1000);
        for (const { Key, Size } of page.Contents ?? []) {
          if (Key !== undefined) objects.push({ key: Key, sizeBytes: Size ?? 0 });
        }
        next = page.NextContinuationToken;
      } while (next !== undefined);
      return objects;
    },

    remove: async (key) => {
      await removeOne(key);
    },

    probeWrite: async (prefix) => {
      const key = `${prefix}/${randomUUID()}`;
      await put(key, 'probe');
      try {
        if ((await head(key)) === undefined) throw objectStoreFailure(callOf('HeadObject', key), { name: 'NotFound' });
      } finally {
        await removeOne(key);
      }
    },

    probeRead: async (prefix) => {
      await listPage(prefix, undefined, 1);
    },

    close: () => client.destroy(),
  };
};
