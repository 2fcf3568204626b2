/**
 * Looks at every answer before the SDK does. The SDK reads a body to its end, however long it is, and takes any answer with the right
 * status for S3's: a web server that answers everything with 200 and a page would pass for a bucket that is there and empty.
 */
import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { readAtMost } from '../streams/read-at-most.js';

/** A page of a listing holds 1,000 keys of up to 1 KiB, each character escaped at worst. */
const mostBodyBytes = 8 * 1024 * 1024;
const mostErrorBytes = 64 * 1024;

/** The server is no S3, or does not answer like one. The SDK does not retry it. */
export class NotS3Answer extends Error {
  override readonly name = 'NotS3Answer';

  constructor(
    /** Completes "The answer …". */
    readonly what: string,
    readonly status: number,
  ) {
    super(what);
  }
}

/** No answer in time. Never tried again by the SDK, for which three times two minutes would be one call. */
export class StoreSilent extends Error {
  override readonly name = 'StoreSilent';
}

/** The root of each answer that has one, in the API reference of S3. */
const roots: Readonly<Record<string, string>> = {
  ListObjectsV2Command: 'ListBucketResult',
  ListMultipartUploadsCommand: 'ListMultipartUploadsResult',
  CreateMultipartUploadCommand: 'InitiateMultipartUploadResult',
  CompleteMultipartUploadCommand: 'CompleteMultipartUploadResult',
};

/** Answers that name the stored object. */
const tagged = ['GetObjectCommand', 'HeadObjectCommand', 'PutObjectCommand', 'UploadPartCommand'];

export const guardAnswers = (client: S3Client): void => {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const result = await next(args).catch((error: unknown) => {
        throw (error as { name?: string }).name === 'TimeoutError' ? new StoreSilent('no answer in time') : error;
      });
      const response = result.response as Answer;
      response.body = await judged(response, String(context['commandName']));
      return result;
    },
    // This step is next to the network, before the SDK reads the answer.
    { step: 'deserialize', priority: 'low', name: 'guardAnswers' },
  );
};

interface Answer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  body: Readable;
}

const judged = async (answer: Answer, command: string): Promise<Readable> => {
  const { statusCode: status, headers, body } = answer;
  const good = status >= 200 && status <= 299;
  if (good && tagged.includes(command) && !headers['etag']) {
    body.destroy();
    throw new NotS3Answer('has no ETag', status);
  }
  if (good && command === 'GetObjectCommand') return body;
  if (good && /^text\/html\b/i.test(headers['content-type'] ?? '')) {
    body.destroy();
    throw new NotS3Answer('is a web page', status);
  }
  const content = await readAtMost(body, good ? mostBodyBytes : mostErrorBytes).catch((error: unknown) => {
    if ((error as { code?: unknown }).code === 'TOO_LARGE') throw new NotS3Answer('has no end', status);
    throw error;
  });
  const root = rootOf(content);
  if (good && roots[command] !== undefined && root !== roots[command] && root !== 'Error') {
    throw new NotS3Answer(content.length === 0 ? 'is empty' : 'is of another form', status);
  }
  if (!good && content.length > 0 && root !== 'Error') {
    if (status < 500) throw new NotS3Answer('is of another form', status);
    // A proxy may answer for an absent store.
    return Readable.from([]);
  }
  return Readable.from(content.length === 0 ? [] : [content]);
};

/** Name of the first element; undefined if it is no XML. */
const rootOf = (content: Buffer): string | undefined =>
  /^\uFEFF?\s*(?:<\?xml[^>]{0,200}\?>\s*)?<(?:[\w-]+:)?([A-Za-z]\w*)[\s>/]/.exec(
    content.toString('utf8', 0, Math.min(content.length, 4096)),
  )?.[1];
