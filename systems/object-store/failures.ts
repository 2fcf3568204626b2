/**
 * Turns errors of the AWS SDK into failures that say what to do. A store reports a problem by a code, and the reason in a
 * sentence: the code chooses the failure, the sentence is quoted, scrubbed and bounded. *Away* may be retried, *no* may not.
 */
import { KnownFailure } from '../../domain/known-failure.js';
import { quote } from '../secrets/scrub.js';
import { isCertificateProblem } from '../tls/certificate-problem.js';
import { NotS3Answer } from './answers.js';
import { CredentialsNotGiven } from './provider-chain.js';
import { type Refusal, refusalBy } from './refusals.js';

/** The request and its store. */
export interface ObjectStoreCall {
  readonly operation: string;
  readonly endpoint: string;
  readonly bucket: string;
  readonly key?: string;
}

const UNREACHABLE =
  /^(ECONN|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|StoreSilent$|TimeoutError$|AbortError$|RequestTimeout$|ERR_STREAM_PREMATURE_CLOSE$)/;

interface SdkError {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly Region?: unknown;
  /** Present if the store itself said it. */
  readonly $fault?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

/** A store's answer to a refused request. */
export interface StoreAnswer {
  /** S3's name for it; '' if it said none, as to HEAD. */
  readonly code: string;
  readonly status: number | undefined;
  /** The store's own sentence, fit to be quoted. */
  readonly sentence: string | undefined;
  /** The bucket's region, if the store reports it. */
  readonly region: string | undefined;
}

export const answerIn = (error: unknown): StoreAnswer => {
  const { name = '', message = '', Region, $fault, $metadata, $response } = (error ?? {}) as SdkError;
  const said = message === name || /^(Unknown|UnknownError|\d+)$/.test(message) ? '' : message;
  const region = typeof Region === 'string' ? Region : $response?.headers?.['x-amz-bucket-region'];
  return {
    code: /^(Unknown|UnknownError|Error|\d+)$/.test(name) ? '' : name,
    status: $metadata?.httpStatusCode,
    sentence: $fault === undefined ? undefined : quote(said),
    region: regionOf(region ?? /expecting '([a-z0-9-]{2,40})'/.exec(said)?.[1]),
  };
};

const regionOf = (text: string | undefined): string | undefined =>
  text !== undefined && /^[a-z0-9-]{2,40}$/i.test(text) ? text : undefined;

/**
 * The failure an error of the SDK stands for: `BucketMissing`, `ObjectMissing`, `ObjectExists`, `ObjectArchived`,
 * `ObjectStoreAccessDenied`, `ObjectStoreCertificateRefused`, `ObjectStoreWrongRegion`, `ObjectStoreFailed`; or `ObjectStoreUnreachable`,
 * `ObjectStoreUnavailable` (a retry may help).
 */
export const objectStoreFailure = (call: ObjectStoreCall, error: unknown): KnownFailure => {
  if (error instanceof KnownFailure) return error;
  const place = placeOf(call);
  if (error instanceof NotS3Answer) return notS3(place, error);
  const { name = '', code = '' } = (error ?? {}) as SdkError;
  const answer = answerIn(error);
  const { status, region, sentence } = answer;
  const facts = { ...place, status, error: code || answer.code || name || undefined, region, answer: sentence };
  if (name === 'CredentialsProviderError' || name === 'TokenProviderError') {
    return new KnownFailure(
      'S3CredentialsMissing',
      'There are no credentials for the object store: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile with AWS_PROFILE (aws sso login may be due), or name a lane with --lane.',
      { facts: { ...place } },
    );
  }
  if (error instanceof CredentialsNotGiven) return credentialsNotGiven(place, error.cause);
  if (isCertificateProblem(error)) {
    return new KnownFailure(
      'ObjectStoreCertificateRefused',
      'The server that answered did not prove that it is this object store: check its certificate, the name in the endpoint and the CA.',
      { facts: { ...place, code } },
    );
  }
  // Before the status: a proxy's 503 has none of S3's codes, and a network's error has no status.
  if (status === undefined && (UNREACHABLE.test(code) || UNREACHABLE.test(name))) {
    return new KnownFailure('ObjectStoreUnreachable', 'The object store cannot be reached: check that it runs.', {
      retryable: true,
      facts,
    });
  }
  const refusal = refusalBy(answer, call.operation);
  if (refusal !== undefined) return failureOf(refusal, facts);
  if (error instanceof RangeError || error instanceof SyntaxError || error instanceof TypeError) {
    return notS3(place, new NotS3Answer('cannot be read', status ?? 0));
  }
  return new KnownFailure(
    'ObjectStoreFailed',
    'The object store did not do what was asked: see its answer, and its log.',
    { facts },
  );
};

/** A failure of the server that hands out credentials (STS, SSO, a metadata service), and not of the object store. */
const credentialsNotGiven = (place: ObjectStoreCall, cause: unknown): KnownFailure => {
  const { name = '', code = '', message = '' } = (cause ?? {}) as SdkError;
  const { status } = answerIn(cause);
  const away = (status === undefined && (UNREACHABLE.test(code) || UNREACHABLE.test(name))) || (status ?? 0) >= 500;
  const facts = { ...place, status, error: code || name || undefined, answer: quote(message) };
  return away
    ? new KnownFailure(
        'S3CredentialsUnavailable',
        'The server that gives out credentials for the object store cannot be reached, or cannot serve: wait, and try again.',
        { retryable: true, facts },
      )
    : new KnownFailure(
        'S3CredentialsRefused',
        'Credentials for the object store were refused before it was asked: check the role, the profile and the token that are to give them.',
        { facts },
      );
};

const failureOf = ({ type, sentence, retryable = false }: Refusal, facts: KnownFacts): KnownFailure =>
  new KnownFailure(type, sentence, { retryable, facts });

type KnownFacts = Readonly<Record<string, string | number | undefined>>;

const notS3 = (place: ObjectStoreCall, { what, status }: NotS3Answer): KnownFailure =>
  new KnownFailure(
    'ObjectStoreFailed',
    `What answers at this endpoint does not answer as S3 does (its answer ${what}): check the endpoint, and what stands before the object store.`,
    // An error page for a while is what balancers show.
    { retryable: status >= 500, facts: { ...place, status: status || undefined } },
  );

/** An endpoint may have been given with a user and a password in it. */
const placeOf = ({ endpoint, ...call }: ObjectStoreCall): ObjectStoreCall => ({
  ...call,
  endpoint: URL.canParse(endpoint) ? new URL(endpoint).origin : endpoint,
});

export const objectExists = (call: ObjectStoreCall): KnownFailure =>
  new KnownFailure('ObjectExists', 'There is an object under this key already, and nothing is ever overwritten.', {
    facts: { ...placeOf(call) },
  });

export const objectChanged = (call: ObjectStoreCall): KnownFailure =>
  new KnownFailure('ObjectChanged', 'The object was replaced while it was in use: find out by whom.', {
    facts: { ...placeOf(call) },
  });

/** A listing that does not end, or ends without saying so. */
export const listingRefused = (call: ObjectStoreCall, why: string): KnownFailure =>
  new KnownFailure('ObjectStoreFailed', `The list of objects ${why}.`, { facts: { ...placeOf(call) } });
