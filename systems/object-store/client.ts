/** One bucket of an S3-compatible object store. */
import { randomUUID } from 'node:crypto';
import { type Readable } from 'node:stream';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { isKnownFailure } from '../../domain/known-failure.js';
import { describeMs } from '../../domain/units.js';
import { guardedBody } from '../streams/guarded-body.js';
import { StoreSilent } from './answers.js';
import { type ArchiveClass, archiveClassOf } from './archive-class.js';
import { fullDialect, inDialect } from './dialect.js';
import { listingRefused, objectChanged, objectExists, objectStoreFailure } from './failures.js';
import { listObjects, listPage, type StoredObject } from './listing.js';
import { createS3Client, defaultStallTimeoutMs, type S3Access } from './s3-client.js';
import {
  encryption,
  removeUnfinishedUploads,
  StoreError,
  type UploadedObject,
  uploadObject,
  versionOf,
} from './upload.js';

export type { StoredObject } from './listing.js';

export interface ObjectStoreOptions extends S3Access {
  readonly bucket: string;
  /** KMS key that encrypts new objects. Absent: the bucket's default. */
  readonly sseKmsKey?: string;
  /** Limit for a call that moves no object, its repetitions included, in milliseconds. Default: 20000. */
  readonly callTimeoutMs?: number;
  /** Receives the number of an object's bytes as they arrive. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

export interface ObjectHead {
  readonly sizeBytes: number;
  /** Names this very content; for {@link ObjectDownload.etag}. */
  readonly etag: string;
  /** The object's version, if the bucket keeps versions. */
  readonly versionId?: string;
  /** ISO 8601; absent where the store does not say. */
  readonly storedAt?: string;
  /** Present if the object cannot be read until it is restored in the bucket. */
  readonly archived?: ArchiveClass;
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
  /** Only this version will do, even if a newer one hides it. Needs a permission of its own, `s3:GetObjectVersion`. */
  readonly versionId?: string | undefined;
  readonly signal?: AbortSignal;
}

/** A bucket's behavior with simultaneous uploads to one key: it accepts one, or the later one wins. */
export type OverwriteGuard = 'by-the-store' | 'looked-before';

export interface WriteProbe {
  /** `looked-before`: the store refuses or ignores `If-None-Match`, so that only a look before an upload keeps it from overwriting. */
  readonly overwriting: OverwriteGuard;
}

/**
 * Every method may throw KnownFailure `ObjectStoreUnreachable` or `ObjectStoreUnavailable` (a retry may help),
 * `ObjectStoreAccessDenied`, `S3CredentialsMissing`, `ObjectStoreWrongRegion`, `BucketMissing` or `ObjectStoreFailed`.
 */
export interface ObjectStore {
  /** Creates the bucket unless it is there. */
  ensureBucket(): Promise<void>;
  /**
   * Streams an object into the bucket in parts of 8 MiB; at most two are in memory. Removes what an earlier,
   * unfinished upload of the same key left. If it fails, neither object nor parts stay. Each part goes with its checksum.
   * Fails if no byte moved for two minutes.
   *
   * @throws KnownFailure `ObjectExists`: nothing is overwritten. A store that honours `If-None-Match` also sees to it when
   * two upload at the same moment. After a lost answer the object may be our own.
   * @throws the source's own error, or the signal's reason.
   */
  upload(request: ObjectUploadRequest): Promise<UploadedObject>;
  /** Undefined if the object, or this version of it, is missing. */
  head(key: string, versionId?: string): Promise<ObjectHead | undefined>;
  /**
   * Resolves once the object begins to arrive. A connection that breaks, or is silent for two minutes, errors the stream with
   * `ObjectStoreUnreachable`.
   *
   * @throws KnownFailure `ObjectMissing`; `ObjectArchived`; `ObjectChanged` if it has another etag; the signal's reason.
   */
  download(request: ObjectDownload): Promise<{ readonly body: Readable } & ObjectHead>;
  /**
   * Writes a small text object, in place of an earlier one. It keeps facts that are known only after an upload beside the
   * object, under a key of their own: metadata cannot be changed afterwards (copying an object onto itself ends at 5 GiB), and
   * tags need a permission of their own and are not offered by every store.
   */
  putText(key: string, text: string): Promise<void>;
  /** Puts these tags in place of all the object had. Needs a permission of its own, and not every store has tags. */
  tag(key: string, tags: Readonly<Record<string, string>>): Promise<void>;
  /**
   * Goes through all objects whose key begins with this, in the order of their keys; ten million at most, in the memory of a thousand.
   * Throws the signal's reason once it is aborted.
   */
  objects(prefix: string, signal?: AbortSignal): AsyncIterable<StoredObject>;
  /** All objects whose key begins with this, in the order of their keys; at most 100,000, more are refused. */
  list(prefix: string): Promise<StoredObject[]>;
  /** Removes an object; it is fine if it is missing. */
  remove(key: string): Promise<void>;
  /** Writes, reads and removes a small object at `<prefix>/…` like an upload, to prove a backup's permissions. */
  probeWrite(prefix: string): Promise<WriteProbe>;
  /** Lists under this prefix, the least permission that a restore needs. */
  probeRead(prefix: string): Promise<void>;
  /** Closes idle connections; calls after it open new ones. */
  close(): void;
}

const mostListed = 100_000;

export const createObjectStore = ({
  bucket,
  sseKmsKey,
  callTimeoutMs = 20_000,
  onBytes,
  ...access
}: ObjectStoreOptions): ObjectStore => {
  const client = createS3Client(access);
  const dialect = fullDialect();
  const { endpoint, stallTimeoutMs = defaultStallTimeoutMs } = access;
  const callOf = (operation: string, key?: string) => ({
    operation,
    endpoint,
    bucket,
    ...(key !== undefined && { key }),
  });

  /** One call that moves no object. Bounded as a whole: the SDK's repetitions of a silent call would add up. */
  const attempt = async <T>(
    operation: string,
    key: string | undefined,
    send: (options: { readonly abortSignal: AbortSignal }) => Promise<T>,
  ): Promise<T> => {
    const deadline = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const silent = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new StoreSilent('no answer in time'));
        deadline.abort();
      }, callTimeoutMs);
    });
    try {
      return await Promise.race([send({ abortSignal: deadline.signal }), silent]);
    } catch (error) {
      throw objectStoreFailure(callOf(operation, key), error);
    } finally {
      clearTimeout(timer);
    }
  };

  const bucketExists = () =>
    attempt('HeadBucket', undefined, (options) => client.send(new HeadBucketCommand({ Bucket: bucket }), options)).then(
      () => true,
      (error: unknown) => {
        if (isKnownFailure(error, 'ObjectMissing') || isKnownFailure(error, 'BucketMissing')) return false;
        throw error;
      },
    );

  /** An answer to HEAD has no body, and so no word of why: what the same question is answered with GET has one. */
  const inWords = async <T>(named: Named, failure: unknown): Promise<T> => {
    if (isKnownFailure(failure) && (failure.retryable || failure.type === 'ObjectMissing')) throw failure;
    await attempt('HeadObject', named.Key, async (options) => {
      const { Body } = await client.send(new GetObjectCommand({ ...named, Range: 'bytes=0-0' }), options);
      (Body as Readable | undefined)?.destroy();
    }).catch((error: unknown) => {
      throw isKnownFailure(error) && !error.retryable && error.type !== 'ObjectMissing' ? error : failure;
    });
    throw failure;
  };

  const head = async (key: string, versionId?: string): Promise<ObjectHead | undefined> => {
    const named = { Bucket: bucket, Key: key, ...(versionId !== undefined && { VersionId: versionId }) };
    try {
      const found = await attempt('HeadObject', key, (options) =>
        client.send(new HeadObjectCommand(named), options),
      ).catch((error: unknown) => inWords<HeadObjectCommandOutput>(named, error));
      const archived = archiveClassOf(found);
      return {
        sizeBytes: found.ContentLength ?? 0,
        etag: found.ETag ?? '',
        ...versionOf(found),
        ...(found.LastModified !== undefined && { storedAt: found.LastModified.toISOString() }),
        ...(archived !== undefined && { archived }),
      };
    } catch (error) {
      if (!isKnownFailure(error, 'ObjectMissing')) throw error;
      // An answer to HEAD has no body that could say which of the two is missing.
      if (await bucketExists()) return undefined;
      throw objectStoreFailure(callOf('HeadObject', key), { name: 'NoSuchBucket' });
    }
  };

  const put = (key: string, text: string, conditional = false) => {
    const content = Buffer.from(text);
    const wanted = { Bucket: bucket, Key: key, Body: content, ...encryption(sseKmsKey) };
    return attempt('PutObject', key, (options) =>
      inDialect(dialect, { content, conditional }, (terms) =>
        client.send(new PutObjectCommand({ ...wanted, ...terms }), options),
      ),
    );
  };

  const removeOne = (key: string) =>
    attempt('DeleteObject', key, (options) =>
      client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }), options),
    );

  /** Puts a second object in place of one that is there, as an upload must not. */
  const overwritingOf = async (key: string): Promise<OverwriteGuard> => {
    if (!dialect.condition) return 'looked-before';
    try {
      await put(key, 'probe again', true);
      return 'looked-before';
    } catch (error) {
      if (isKnownFailure(error, 'ObjectExists')) return 'by-the-store';
      throw error;
    }
  };

  const listing = (prefix: string, signal?: AbortSignal) => ({
    client,
    bucket,
    prefix,
    call: callOf('ListObjects'),
    attempt: <T>(send: (options: { readonly abortSignal: AbortSignal }) => Promise<T>) =>
      attempt('ListObjects', undefined, send),
    signal,
  });

  return {
    ensureBucket: async () => {
      if (await bucketExists()) return;
      await attempt('CreateBucket', undefined, async (options) => {
        try {
          await client.send(new CreateBucketCommand({ Bucket: bucket }), options);
        } catch (error) {
          // Another upload was faster.
          if ((error as { name?: string }).name !== 'BucketAlreadyOwnedByYou') throw error;
        }
      });
    },

    upload: async ({ key, body, signal }) => {
      // A source may fail before its first byte is asked for; what reads it then throws.
      body.once('error', () => undefined);
      try {
        signal?.throwIfAborted();
        if ((await head(key)) !== undefined) throw objectExists(callOf('PutObject', key));
        // Not every store can tell of unfinished uploads; one that cannot be reached fails the upload itself.
        await removeUnfinishedUploads(client, bucket, key).catch(() => undefined);
        return await uploadObject(client, { bucket, key, body, dialect, sseKmsKey, signal });
      } catch (error) {
        throw error instanceof StoreError ? objectStoreFailure(callOf('PutObject', key), error.cause) : error;
      } finally {
        body.destroy();
      }
    },

    head,

    download: async ({ key, etag, versionId, signal }) => {
      signal?.throwIfAborted();
      const translate = (error: unknown): unknown => {
        if (signal?.aborted) return signal.reason;
        const failure = objectStoreFailure(
          callOf(versionId === undefined ? 'GetObject' : 'GetObjectVersion', key),
          error,
        );
        return failure.type === 'ObjectExists' ? objectChanged(callOf('GetObject', key)) : failure;
      };
      try {
        const found = await client.send(
          new GetObjectCommand({
            Bucket: bucket,
            Key: key,
            ...(etag !== undefined && { IfMatch: etag }),
            ...(versionId !== undefined && { VersionId: versionId }),
          }),
          signal === undefined ? {} : { abortSignal: signal },
        );
        const source = found.Body as Readable;
        const sizeBytes = found.ContentLength ?? 0;
        const giveUp = () => source.destroy();
        signal?.addEventListener('abort', giveUp, { once: true });
        source.once('close', () => signal?.removeEventListener('abort', giveUp));
        const stalled = () => new StoreSilent(`no byte for ${describeMs(stallTimeoutMs)}`);
        const body = guardedBody(source, { sizeBytes, stallTimeoutMs, stalled, translate, onBytes });
        return { body, sizeBytes, etag: found.ETag ?? '', ...versionOf(found) };
      } catch (error) {
        throw translate(error);
      }
    },

    putText: async (key, text) => {
      await put(key, text);
    },

    tag: async (key, tags) => {
      const TagSet = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
      await attempt('PutObjectTagging', key, (options) =>
        client.send(new PutObjectTaggingCommand({ Bucket: bucket, Key: key, Tagging: { TagSet } }), options),
      );
    },

    objects: (prefix, signal) => listObjects(listing(prefix, signal)),

    list: async (prefix) => {
      const objects: StoredObject[] = [];
      for await (const object of listObjects(listing(prefix))) {
        objects.push(object);
        if (objects.length > mostListed) {
          throw listingRefused(
            callOf('ListObjects'),
            `is longer than ${mostListed.toLocaleString('en')}: name a narrower prefix`,
          );
        }
      }
      return objects;
    },

    remove: async (key) => {
      await removeOne(key);
    },

    probeWrite: async (prefix) => {
      const key = `${prefix}/${randomUUID()}`;
      await put(key, 'probe', true);
      try {
        if ((await head(key)) === undefined) throw objectStoreFailure(callOf('HeadObject', key), { name: 'NotFound' });
        return { overwriting: await overwritingOf(key) };
      } finally {
        await removeOne(key);
      }
    },

    probeRead: async (prefix) => {
      await listPage(listing(prefix), undefined, 1);
    },

    close: () => client.destroy(),
  };
};

/** An object as requests name it. */
interface Named {
  readonly Bucket: string;
  readonly Key: string;
  readonly VersionId?: string;
}
