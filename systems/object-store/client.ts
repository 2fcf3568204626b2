/** One bucket, as one identity sees it. Streams both ways; nothing is ever overwritten or left half-made. */
import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { KnownFailure } from '../../domain/known-failure.js';
import { asObjectStoreFailure, isMissing } from './failures.js';

export interface ObjectStoreOptions {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly forcePathStyle: boolean;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface UploadRequest {
  readonly key: string;
  readonly body: Readable;
  readonly signal?: AbortSignal;
}

export interface ObjectDownload {
  readonly body: Readable;
  readonly sizeBytes: number;
}

/**
 * Every method may throw KnownFailure `ObjectStoreUnreachable` (a retry may help), `BucketMissing`,
 * `ObjectStoreAccessDenied` or `ObjectStoreFailed`.
 */
export interface ObjectStore {
  ensureBucket(): Promise<void>;
  /**
   * Streams an object of unknown length in parts; memory stays flat. An upload that fails leaves no object.
   *
   * @throws KnownFailure `ObjectExists`: the key is taken.
   */
  upload(request: UploadRequest): Promise<void>;
  /** Puts a small text object, replacing an earlier one. */
  putText(key: string, text: string): Promise<void>;
  /** @throws KnownFailure `ObjectMissing`. */
  readText(key: string): Promise<string>;
  head(key: string): Promise<{ readonly sizeBytes: number } | undefined>;
  /** @throws KnownFailure `ObjectMissing`. */
  download(request: { readonly key: string; readonly signal?: AbortSignal }): Promise<ObjectDownload>;
  list(prefix: string): Promise<readonly string[]>;
  remove(key: string): Promise<void>;
  /** Writes, reads and removes a small object below the prefix. */
  probeWrite(prefix: string): Promise<void>;
  /** Lists below the prefix. */
  probeRead(prefix: string): Promise<void>;
}

/** A part may be 5 GiB at most and a file have 10 000: this takes a snapshot to 160 GiB, with four parts in memory. */
const partSizeBytes = 16 * 1024 * 1024;
const partsAtOnce = 4;
const connectionTimeoutMs = 5_000;
const requestTimeoutMs = 60_000;

export const createObjectStore = (options: ObjectStoreOptions): ObjectStore => {
  const { endpoint, region, bucket: Bucket, forcePathStyle, accessKeyId, secretAccessKey } = options;
  const client = new S3Client({
    endpoint,
    region,
    forcePathStyle,
    credentials: { accessKeyId, secretAccessKey },
    // Not every S3 server takes the checksums the SDK adds by default; ours is kept beside the object.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 3,
    requestHandler: { connectionTimeout: connectionTimeoutMs, requestTimeout: requestTimeoutMs },
  });
  const facts = { endpoint, bucket: Bucket };

  const asked = async <T>(request: () => Promise<T>, key?: string): Promise<T> => {
    try {
      return await request();
    } catch (error) {
      throw asObjectStoreFailure(error, { ...facts, key });
    }
  };

  const head: ObjectStore['head'] = (key) =>
    asked(async () => {
      try {
        const { ContentLength } = await client.send(new HeadObjectCommand({ Bucket, Key: key }));
        return { sizeBytes: ContentLength ?? 0 };
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    }, key);

  const get = (Key: string, signal?: AbortSignal) =>
    asked(() => client.send(new GetObjectCommand({ Bucket, Key }), signal === undefined ? {} : { abortSignal: signal }), Key);

  const put = (Key: string, Body: string) =>
    asked(() => client.send(new PutObjectCommand({ Bucket, Key, Body })), Key);

  const list: ObjectStore['list'] = (Prefix) =>
    asked(async () => {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix }));
      return Contents.flatMap(({ Key }) => (Key === undefined ? [] : [Key]));
    });

  const remove: ObjectStore['remove'] = (Key) =>
    asked(async () => {
      await client.send(new DeleteObjectCommand({ Bucket, Key }));
    }, Key);

  return {
    head,
    list,
    remove,
    ensureBucket: () =>
      asked(async () => {
        try {
          await client.send(new HeadBucketCommand({ Bucket }));
        } catch (error) {
          if (!isMissing(error)) throw error;
          await client.send(new CreateBucketCommand({ Bucket }));
        }
      }),
    async upload({ key, body, signal }) {
      if ((await head(key)) !== undefined) {
        throw new KnownFailure('ObjectExists', 'There is an object of that name already, and it is kept', {
          facts: { ...facts, key },
        });
      }
      const upload = new Upload({
        client,
        // Where the server honours it, two uploads of one key at the same moment cannot both succeed either.
        params: { Bucket, Key: key, Body: body, IfNoneMatch: '*' },
        partSize: partSizeBytes,
        queueSize: partsAtOnce,
        leavePartsOnError: false,
      });
      const abort = (): void => void upload.abort();
      signal?.addEventListener('abort', abort, { once: true });
      try {
        await asked(() => upload.done(), key);
      } finally {
        signal?.removeEventListener('abort', abort);
      }
    },
    putText: async (key, text) => {
      await put(key, text);
    },
    readText: async (key) => (await get(key)).Body?.transformToString() ?? '',
    async download({ key, signal }) {
      const { Body, ContentLength } = await get(key, signal);
      return { body: Body as Readable, sizeBytes: ContentLength ?? 0 };
    },
    async probeWrite(prefix) {
      const key = `${prefix}/${randomUUID()}`;
      await put(key, 'probe');
      await head(key);
      await remove(key);
    },
    probeRead: async (prefix) => {
      await list(prefix);
    },
  };
};
