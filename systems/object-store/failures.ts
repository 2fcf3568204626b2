/** What an S3 server's refusals mean, in the words of an operator. */
import { S3ServiceException } from '@aws-sdk/client-s3';
import { type Facts, isKnownFailure, KnownFailure } from '../../domain/known-failure.js';

export const isMissing = (error: unknown): boolean =>
  error instanceof S3ServiceException &&
  error.$metadata.httpStatusCode === 404 &&
  error.name !== 'NoSuchBucket';

/** Turns whatever the SDK throws into a KnownFailure; a failure of the stream that was being sent stays what it is. */
export const asObjectStoreFailure = (error: unknown, facts: Facts): unknown => {
  if (isKnownFailure(error)) return error;
  if (error instanceof S3ServiceException) return ofAnswer(error, facts);
  const name = error instanceof Error ? error.name : '';
  const code = (error as { code?: unknown } | undefined)?.code;
  if (name === 'AbortError') return error;
  if (name === 'TimeoutError' || typeof code === 'string') {
    return new KnownFailure('ObjectStoreUnreachable', 'The S3 server does not answer: check its address and that it runs', {
      retryable: true,
      facts: { ...facts, code: typeof code === 'string' ? code : name },
    });
  }
  return error;
};

const ofAnswer = ({ name, $metadata }: S3ServiceException, facts: Facts): KnownFailure => {
  const status = $metadata.httpStatusCode;
  const all = { ...facts, status, code: name };
  if (name === 'NoSuchBucket') return new KnownFailure('BucketMissing', 'There is no such bucket: create it', { facts: all });
  if (status === 404) return new KnownFailure('ObjectMissing', 'There is no such object in the bucket', { facts: all });
  if (status === 412 || status === 409) {
    return new KnownFailure('ObjectExists', 'There is an object of that name already, and it is kept', { facts: all });
  }
  if (status === 401 || status === 403) {
    return new KnownFailure('ObjectStoreAccessDenied', 'The S3 server refuses these credentials: check key, secret and policy', {
      facts: all,
    });
  }
  return new KnownFailure('ObjectStoreFailed', 'The S3 server could not do what was asked', {
    retryable: status === undefined || status >= 500,
    facts: all,
  });
};
