/** Goes through the objects under a prefix page by page, so that a bucket of any size takes the memory of one page. */
import { ListObjectsV2Command, type ListObjectsV2CommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { listingRefused, type ObjectStoreCall } from './failures.js';

export interface StoredObject {
  readonly key: string;
  readonly sizeBytes: number;
  /** ISO 8601; absent where the store does not say. */
  readonly storedAt?: string;
  /** `STANDARD`, `GLACIER` …; absent where the store has none. */
  readonly storageClass?: string;
}

export interface Listing {
  readonly client: S3Client;
  readonly bucket: string;
  readonly prefix: string;
  readonly call: ObjectStoreCall;
  /** Sends one request, bounded in time, its failure translated. */
  readonly attempt: <T>(send: (options: { readonly abortSignal: AbortSignal }) => Promise<T>) => Promise<T>;
  readonly signal?: AbortSignal | undefined;
}

/** Ten million objects are 10,000 requests, and half an hour. */
const mostObjects = 10_000_000;
/** A store may answer fewer objects a page than were asked for, and pages without any. */
const mostPages = 100_000;

export const listPage = (
  { client, bucket, prefix, attempt }: Omit<Listing, 'call'>,
  from: string | undefined,
  limit: number,
): Promise<ListObjectsV2CommandOutput> =>
  attempt((options) =>
    client.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: from, MaxKeys: limit }),
      options,
    ),
  );

/**
 * In the order of their keys.
 *
 * @throws KnownFailure `ObjectStoreFailed`: the list does not end, or ends without saying so. An error is never an empty list.
 */
export async function* listObjects(listing: Listing): AsyncGenerator<StoredObject> {
  const { call, signal } = listing;
  let next: string | undefined;
  let objects = 0;
  let pages = 0;
  do {
    signal?.throwIfAborted();
    const page = await listPage(listing, next, 1000);
    for (const { Key, Size, LastModified, StorageClass } of page.Contents ?? []) {
      if (Key === undefined) continue;
      objects += 1;
      yield {
        key: Key,
        sizeBytes: Size ?? 0,
        ...(LastModified !== undefined && { storedAt: LastModified.toISOString() }),
        ...(StorageClass !== undefined && { storageClass: StorageClass }),
      };
    }
    if (objects > mostObjects) {
      throw listingRefused(call, `is longer than ${mostObjects.toLocaleString('en')}: name a narrower prefix`);
    }
    if (page.IsTruncated === true && !page.NextContinuationToken) {
      throw listingRefused(
        call,
        'is cut short and does not say how it goes on: check what answers as the object store',
      );
    }
    pages += 1;
    if (page.NextContinuationToken !== undefined && (page.NextContinuationToken === next || pages > mostPages)) {
      throw listingRefused(call, 'does not end: check what answers as the object store');
    }
    next = page.NextContinuationToken;
  } while (next !== undefined);
}
