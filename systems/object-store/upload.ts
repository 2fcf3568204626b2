/** Streams an object into a bucket in parts, so that memory stays flat and nothing half-made stays. */
import { type Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { type Dialect, inDialect } from './dialect.js';
import { createPartBuffers, fillParts, type Part } from './parts.js';

/** 8 MiB: with S3's 10,000 parts, objects of up to 78 GiB. */
const PART_BYTES = 8 * 1024 * 1024;
/** Another is filled meanwhile. More at once made it no faster where it was measured, and took more memory. */
const PARTS_SENT_AT_ONCE = 1;

export interface ObjectUpload {
  readonly bucket: string;
  readonly key: string;
  /** Consumed or destroyed. */
  readonly body: Readable;
  /** The headers that the store accepts with a write; refusals are noted there. */
  readonly dialect: Dialect;
  /** KMS key that the store encrypts the object with. */
  readonly sseKmsKey?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The encryption headers of requests that make an object. */
export const encryption = (
  sseKmsKey: string | undefined,
): { readonly ServerSideEncryption?: 'aws:kms'; readonly SSEKMSKeyId?: string } =>
  sseKmsKey === undefined ? {} : { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: sseKmsKey };

export interface UploadedObject {
  /** The object's version, if the bucket keeps versions. */
  readonly versionId?: string;
}

/** Sets the store's errors apart from the source's, which may look the same: a broken connection, say. */
export class StoreError extends Error {}

/**
 * Resolves once the object is there, complete. When the source fails, the signal aborts or the store gives up, what was
 * uploaded so far is removed before this rejects: with the source's error, the signal's reason or {@link StoreError}.
 *
 * The SDK's own `Upload` copies each part together anew; on a snapshot of 1 GiB that was most of the memory and a fifth of
 * the time. Here, parts are gathered in the same two buffers from the first to the last.
 */
export const uploadObject = async (client: S3Client, upload: ObjectUpload): Promise<UploadedObject> => {
  const { bucket, key, body, dialect, sseKmsKey, signal } = upload;
  const cancel = () => body.destroy(signal?.reason instanceof Error ? signal.reason : new Error('cancelled'));
  signal?.addEventListener('abort', cancel, { once: true });
  const target = { Bucket: bucket, Key: key };
  try {
    const buffers = createPartBuffers(PARTS_SENT_AT_ONCE + 1, PART_BYTES);
    const parts = fillParts(body, buffers);
    const first = await parts.next();
    const whole = first.value;
    if (whole === undefined || whole.isLast) {
      const Body = whole?.bytes ?? Buffer.alloc(0);
      const put = { ...target, ...encryption(sseKmsKey), Body };
      return versionOf(
        await inDialect(dialect, { content: Body, conditional: true }, (terms) =>
          stored(client.send(new PutObjectCommand({ ...put, ...terms }))),
        ),
      );
    }
    return await uploadParts({ client, target, dialect, sseKmsKey }, whole, parts);
  } catch (error) {
    // Best effort, and only if the upload's own clean-up failed as well: the store may just have gone away.
    await removeUnfinishedUploads(client, bucket, key).catch(() => undefined);
    if (signal?.aborted) throw signal.reason;
    throw body.errored ?? error;
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
};

/** A bucket that keeps none answers `null`, or nothing. */
export const versionOf = ({ VersionId }: { readonly VersionId?: string | undefined }): UploadedObject =>
  VersionId === undefined || VersionId === '' || VersionId === 'null' ? {} : { versionId: VersionId };

interface PartsUpload {
  readonly client: S3Client;
  readonly target: { readonly Bucket: string; readonly Key: string };
  readonly dialect: Dialect;
  readonly sseKmsKey: string | undefined;
}

const uploadParts = async (
  { client, target, dialect, sseKmsKey }: PartsUpload,
  first: Part,
  rest: AsyncGenerator<Part, undefined>,
): Promise<UploadedObject> => {
  const begun = { ...target, ...encryption(sseKmsKey) };
  const { UploadId } = await stored(client.send(new CreateMultipartUploadCommand(begun)));
  const Parts: CompletedPart[] = [];
  const sending = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  const send = async ({ bytes, release }: Part, PartNumber: number): Promise<void> => {
    try {
      const { ETag } = await inDialect(dialect, { content: bytes, conditional: false }, (terms) =>
        stored(client.send(new UploadPartCommand({ ...target, UploadId, PartNumber, Body: bytes, ...terms }))),
      );
      Parts[PartNumber - 1] = { ETag, PartNumber };
    } catch (error) {
      failure ??= { error };
    } finally {
      release();
    }
  };
  const begin = (part: Part, number: number): void => {
    const sent: Promise<void> = send(part, number).finally(() => sending.delete(sent));
    sending.add(sent);
  };
  try {
    let count = 1;
    begin(first, count);
    for await (const part of rest) {
      if (failure !== undefined) break;
      begin(part, (count += 1));
    }
    await Promise.all(sending);
    if (failure !== undefined) throw failure.error;
    const complete = { ...target, UploadId, MultipartUpload: { Parts } };
    return versionOf(
      await inDialect(dialect, { conditional: true }, (terms) =>
        stored(client.send(new CompleteMultipartUploadCommand({ ...complete, ...terms }))),
      ),
    );
  } catch (error) {
    // A part that arrives behind the end of its upload would stay.
    await Promise.all(sending);
    await client.send(new AbortMultipartUploadCommand({ ...target, UploadId })).catch(() => undefined);
    throw error;
  }
};

const stored = <T>(answer: Promise<T>): Promise<T> =>
  answer.catch((error: unknown) => {
    throw new StoreError('upload failed', { cause: error });
  });

/** Ends uploads to exactly this key that were begun and never finished, by a worker that died, say. */
export const removeUnfinishedUploads = async (client: S3Client, bucket: string, key: string): Promise<void> => {
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: key }));
  for (const { Key, UploadId } of Uploads) {
    if (Key === key) await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }));
  }
};
