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
  readonly signal?: AbortSignal | undefined;
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
export const uploadObject = async (client: S3Client, upload: ObjectUpload): Promise<void> => {
  const { bucket, key, body, signal } = upload;
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
      await stored(client.send(new PutObjectCommand({ ...target, Body, IfNoneMatch: '*' })));
    } else {
      await uploadParts(client, target, whole, parts);
    }
  } catch (error) {
    // Best effort, and only if the upload's own clean-up failed as well: the store may just have gone away.
    await removeUnfinishedUploads(client, bucket, key).catch(() => undefined);
    if (signal?.aborted) throw signal.reason;
    throw body.errored ?? error;
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
};

interface Target {
  readonly Bucket: string;
  readonly Key: string;
}

const uploadParts = async (
  client: S3Client,
  target: Target,
  first: Part,
  rest: AsyncGenerator<Part, undefined>,
): Promise<void> => {
  const { UploadId } = await stored(client.send(new CreateMultipartUploadCommand(target)));
  const Parts: CompletedPart[] = [];
  const sending = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  const send = async ({ bytes, release }: Part, PartNumber: number): Promise<void> => {
    try {
      const part = new UploadPartCommand({ ...target, UploadId, PartNumber, Body: bytes });
      const { ETag } = await stored(client.send(part));
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
    const complete = { ...target, UploadId, MultipartUpload: { Parts }, IfNoneMatch: '*' };
    await stored(client.send(new CompleteMultipartUploadCommand(complete)));
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
