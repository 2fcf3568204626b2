/** Streams an object into a bucket in parts, so that memory stays flat and nothing half-made stays. */
import { type Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';

/** 8 MiB: with S3's 10,000 parts, objects of up to 78 GiB. At most {@link QUEUE_SIZE} parts and one more are in memory. */
const PART_BYTES = 8 * 1024 * 1024;
const QUEUE_SIZE = 2;

export interface ObjectUpload {
  readonly bucket: string;
  readonly key: string;
  /** Consumed or destroyed. */
  readonly body: Readable;
  readonly signal?: AbortSignal | undefined;
}

/** Sets the store's errors apart from the source's, which may look the same: a broken connection, say. */
export class StoreError extends Error {}

/**
 * Resolves once the object is there, complete. When the source fails, the signal aborts or the store gives up, what was
 * uploaded so far is removed before this rejects: with the source's error, the signal's reason or {@link StoreError}.
 */
export const uploadObject = async (client: S3Client, upload: ObjectUpload): Promise<void> => {
  const { bucket, key, body, signal } = upload;
  // Not by the upload's own abort: that returns at once and leaves the clean-up to chance. A source that fails ends the
  // upload in good order.
  const cancel = () => body.destroy(signal?.reason instanceof Error ? signal.reason : new Error('cancelled'));
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    const params: PutObjectCommandInput = {
      Bucket: bucket,
      Key: key,
      Body: body,
      IfNoneMatch: '*',
    };
    const running = new Upload({ client, params, partSize: PART_BYTES, queueSize: QUEUE_SIZE });
    await running.done();
  } catch (error) {
    // Best effort, and only if the upload's own clean-up failed as well: the store may just have gone away.
    await removeUnfinishedUploads(client, bucket, key).catch(() => undefined);
    if (signal?.aborted) throw signal.reason;
    throw body.errored ?? new StoreError('upload failed', { cause: error });
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
};

/** Ends uploads to exactly this key that were begun and never finished, by a worker that died, say. */
export const removeUnfinishedUploads = async (client: S3Client, bucket: string, key: string): Promise<void> => {
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: key }));
  for (const { Key, UploadId } of Uploads) {
    if (Key === key) await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }));
  }
};
