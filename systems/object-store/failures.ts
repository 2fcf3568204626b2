/** Turns errors of the AWS SDK into failures that say what to do. Nothing of a request or an answer's body is repeated. */
import { KnownFailure } from '../../domain/known-failure.js';

/** What was asked for, and of whom. */
export interface ObjectStoreCall {
  readonly operation: string;
  readonly endpoint: string;
  readonly bucket: string;
  readonly key?: string;
}

const UNREACHABLE =
  /^(ECONN|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|TimeoutError$|RequestTimeout$|ERR_STREAM_PREMATURE_CLOSE$)/;

interface SdkError {
  readonly name?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/**
 * The failure an error of the SDK stands for: `BucketMissing`, `ObjectMissing`, `ObjectExists`, `ObjectStoreAccessDenied`,
 * `ObjectStoreUnreachable` (a retry may help) or `ObjectStoreFailed` (a retry may help if the server was at fault).
 */
export const objectStoreFailure = (call: ObjectStoreCall, error: unknown): KnownFailure => {
  const { name = '', code = '', $metadata } = (error ?? {}) as SdkError;
  const status = $metadata?.httpStatusCode;
  const facts = { ...call, status, error: code || name };
  if (name === 'NoSuchBucket')
    return new KnownFailure('BucketMissing', 'The bucket does not exist: create it, or correct its name.', { facts });
  if (name === 'NoSuchKey' || name === 'NotFound' || status === 404)
    return new KnownFailure('ObjectMissing', 'There is no such object in the bucket: check its key.', { facts });
  if (status === 412 || name === 'ConditionalRequestConflict') return objectExists(call);
  if (status === 401 || status === 403)
    return new KnownFailure(
      'ObjectStoreAccessDenied',
      'The object store refused these credentials: check the keys and what they may do with the bucket.',
      { facts },
    );
  if (UNREACHABLE.test(code) || UNREACHABLE.test(name))
    return new KnownFailure('ObjectStoreUnreachable', 'The object store cannot be reached: check that it runs.', {
      retryable: true,
      facts,
    });
  const serversFault = status !== undefined && (status >= 500 || status === 429);
  return new KnownFailure('ObjectStoreFailed', 'The object store did not do what was asked: see its log.', {
    retryable: serversFault,
    facts,
  });
};

export const objectExists = (call: ObjectStoreCall): KnownFailure =>
  new KnownFailure('ObjectExists', 'There is an object under this key already, and nothing is ever overwritten.', {
    facts: { ...call },
  });

export const objectChanged = (call: ObjectStoreCall): KnownFailure =>
  new KnownFailure('ObjectChanged', 'The object was replaced while it was in use: find out by whom.', {
    facts: { ...call },
  });
