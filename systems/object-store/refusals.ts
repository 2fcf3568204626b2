/** Explains the codes and statuses of S3, and what to do about each. Codes are from S3's API reference, "Error responses". */
import type { StoreAnswer } from './failures.js';

export interface Refusal {
  readonly type: string;
  readonly sentence: string;
  readonly retryable?: boolean;
}

type Meaning = Refusal | ((answer: StoreAnswer, operation: string) => Refusal);

const denied = (sentence: string): Refusal => ({ type: 'ObjectStoreAccessDenied', sentence });
const failed = (sentence: string): Refusal => ({ type: 'ObjectStoreFailed', sentence });
const away = (sentence: string): Refusal => ({ type: 'ObjectStoreUnavailable', sentence, retryable: true });

const bucketMissing: Refusal = {
  type: 'BucketMissing',
  sentence: 'The bucket does not exist: create it, or correct its name.',
};
const objectMissing: Refusal = {
  type: 'ObjectMissing',
  sentence: 'There is no such object in the bucket: check its key.',
};
const objectExists: Refusal = {
  type: 'ObjectExists',
  sentence: 'There is an object under this key already, and nothing is ever overwritten.',
};
const unknownKey = denied('The object store does not know this access key: check the key, and which store it is of.');
const sessionOver = denied(
  'The object store refused the session token of these temporary credentials: get new ones, and set AWS_SESSION_TOKEN with them.',
);
const wrongRegion = ({ region }: StoreAnswer): Refusal => ({
  type: 'ObjectStoreWrongRegion',
  sentence:
    region === undefined
      ? 'The bucket is in another region, which the object store does not name: give its own with --region or AWS_REGION.'
      : `The bucket is in region ${region}: give that with --region or AWS_REGION.`,
});
const slower = away('The object store asks for fewer requests: wait, and try again.');

/** The permission that each operation needs. */
const permissions: Readonly<Record<string, string>> = {
  ListObjects: 's3:ListBucket',
  HeadBucket: 's3:ListBucket',
  HeadObject: 's3:GetObject',
  GetObject: 's3:GetObject',
  GetObjectVersion: 's3:GetObjectVersion',
  PutObject: 's3:PutObject',
  DeleteObject: 's3:DeleteObject',
  PutObjectTagging: 's3:PutObjectTagging',
  CreateBucket: 's3:CreateBucket',
};

const notAllowed = ({ sentence = '' }: StoreAnswer, operation: string): Refusal => {
  if (/kms|encrypt/i.test(sentence)) {
    return denied(
      "The object store knows these credentials, and the encryption asked for does not fit: compare the bucket's policy with the KMS key named for it, and the key's own policy.",
    );
  }
  const permission = permissions[operation];
  return denied(
    permission === undefined
      ? 'The object store does not let these credentials do this: check their policy, and the policy of the bucket.'
      : `The object store does not let these credentials do this: they need ${permission}, and no policy of the bucket against it.`,
  );
};

const byCode: Readonly<Record<string, Meaning>> = {
  NoSuchBucket: bucketMissing,
  NoSuchKey: objectMissing,
  NoSuchVersion: {
    type: 'ObjectMissing',
    sentence: 'There is no such version of this object in the bucket: it was removed for good.',
  },
  PreconditionFailed: objectExists,
  ConditionalRequestConflict: objectExists,
  BucketAlreadyExists: failed('A bucket of this name belongs to another account: choose another name.'),
  InvalidBucketName: failed('The object store does not take this name for a bucket: correct it.'),

  InvalidAccessKeyId: unknownKey,
  SignatureDoesNotMatch: denied(
    'The secret key does not fit the access key, or something before the object store changes requests: check the secret, and the endpoint.',
  ),
  InvalidToken: sessionOver,
  ExpiredToken: sessionOver,
  TokenRefreshRequired: sessionOver,
  AccessDenied: notAllowed,
  AllAccessDisabled: denied('The object store has closed this bucket to all users: ask its owner.'),
  InvalidObjectState: {
    type: 'ObjectArchived',
    sentence: 'The object lies in an archive class and cannot be read as it is: restore it in the bucket first.',
  },
  RequestTimeTooSkewed: failed('The clocks of this machine and of the object store differ too much: set the clock.'),
  SecondLevelDomainForbidden: failed(
    'The object store takes the bucket only as part of the host name: use the virtual-host style (--virtual-host).',
  ),

  AuthorizationHeaderMalformed: wrongRegion,
  PermanentRedirect: wrongRegion,
  TemporaryRedirect: wrongRegion,
  IllegalLocationConstraintException: wrongRegion,

  MethodNotAllowed: failed(
    'The object store does not allow this here: the object may have been deleted (its newest version is a delete marker), or the endpoint is not that of S3.',
  ),
  OperationAborted: away('Another request changes the same object at the store: try again.'),
  InvalidRange: failed('The object is shorter than what was asked of it: find out what changed it.'),
  NotImplemented: failed('The object store cannot do this: see its answer.'),
  SlowDown: slower,
  RequestLimitExceeded: slower,
  TooManyRequests: slower,
  RequestTimeout: away('The object store waited in vain for the request: check the network, and try again.'),
  BadDigest: away('What arrived at the object store is not what was sent: check what stands before it, and try again.'),
};

/** Undefined: neither the code nor the status says enough. */
export const refusalBy = (answer: StoreAnswer, operation: string): Refusal | undefined => {
  const { code, status = 0, region } = answer;
  const meaning = byCode[code] ?? (/^KMS\./.test(code) ? kmsRefused : byStatus(status, code, region));
  return typeof meaning === 'function' ? meaning(answer, operation) : meaning;
};

const kmsRefused = failed(
  "The bucket's KMS key cannot be used: check its state, and what these credentials may do with it.",
);

const byStatus = (status: number, code: string, region: string | undefined): Meaning | undefined => {
  if (status === 404 || code === 'NotFound') return objectMissing;
  if (status === 412) return objectExists;
  if (status === 401) return unknownKey;
  if (status === 403) return notAllowed;
  // To HEAD, a store answers without a word; the region is in a header.
  if (status === 301 || status === 307 || (status === 400 && region !== undefined)) return wrongRegion;
  if (status === 405) return byCode['MethodNotAllowed'];
  if (status === 416) return byCode['InvalidRange'];
  if (status === 429) return slower;
  if (status === 501) return byCode['NotImplemented'];
  if (status >= 500) return away('The object store answers and cannot serve requests now: see its log, and try again.');
  return undefined;
};
