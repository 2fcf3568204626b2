/** A snapshot that the command line names: a file, or an object in a bucket. */
import { open } from 'node:fs/promises';
import { addAbortSignal, Readable } from 'node:stream';
import { KnownFailure } from '../../domain/known-failure.js';
import { errorCode } from '../../systems/files/storage-failure.js';
import { type BucketOptions, openBucketSource } from './bucket-source.js';
import type { Context } from '../cli/context.js';

export interface SnapshotSource {
  /** Ends early, with the reason, if the command is interrupted. */
  readonly body: Readable;
  close(): void;
}

/** Fewer and larger pieces are read about twice as fast. */
const chunkBytes = 1024 * 1024;

/**
 * @param what a path, or `s3://bucket/key`.
 * @throws KnownFailure `FileNotReadable`; `OptionMisplaced`, an option about buckets with a file; a failure of the bucket.
 */
export const openSnapshotSource = async (
  context: Context,
  what: string,
  options: BucketOptions,
): Promise<SnapshotSource> => {
  if (what.startsWith('s3:')) return openObject(context, what, options);
  const misplaced = (['lane', 'endpoint', 'region', 'virtualHost'] as const).find(
    (name) => options[name] !== undefined,
  );
  if (misplaced !== undefined) {
    const flag = misplaced === 'virtualHost' ? 'virtual-host' : misplaced;
    const sentence = `--${flag} is about buckets, and ${what} is a file: name an object as s3://bucket/key.`;
    throw new KnownFailure('OptionMisplaced', sentence);
  }
  const body = addAbortSignal(context.interruption.first, await openFile(what));
  return { body, close: () => void body.destroy() };
};

const openObject = async (context: Context, address: string, options: BucketOptions): Promise<SnapshotSource> => {
  const { store, key } = await openBucketSource(context, address, options);
  try {
    if (key === '') {
      const sentence = `${JSON.stringify(address)} names a bucket and no object: add the key of a snapshot.`;
      throw new KnownFailure('S3AddressInvalid', sentence);
    }
    const { body } = await store.download({ key, signal: context.interruption.first });
    return {
      body,
      close() {
        body.destroy();
        store.close();
      },
    };
  } catch (error) {
    store.close();
    throw error;
  }
};

const openFile = async (path: string): Promise<Readable> => {
  const notReadable = (error: unknown) =>
    new KnownFailure('FileNotReadable', `${path} cannot be read: check the path and its permissions.`, {
      facts: { code: errorCode(error) },
      cause: error,
    });
  const file = await open(path).catch((error: unknown) => {
    throw notReadable(error);
  });
  const stream = file.createReadStream({ highWaterMark: chunkBytes });
  const bytes = async function* (): AsyncGenerator<Buffer> {
    try {
      yield* stream as AsyncIterable<Buffer>;
    } catch (error) {
      throw notReadable(error);
    }
  };
  const body = Readable.from(bytes(), { objectMode: false });
  // A stream that is destroyed before it is read never enters the generator.
  body.once('close', () => stream.destroy());
  return body;
};
