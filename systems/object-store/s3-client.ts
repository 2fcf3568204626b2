/** Configures the AWS SDK's client completely: it looks up nothing except unnamed credentials. */
import { S3Client } from '@aws-sdk/client-s3';
import { guardAnswers } from './answers.js';
import { assertS3Endpoint } from './endpoint.js';
import { guardCredentials } from './provider-chain.js';

export interface S3Access {
  /** `http(s)://host:port`. */
  readonly endpoint: string;
  readonly region: string;
  /** The bucket in the path instead of the host name; most servers other than AWS want it. */
  readonly forcePathStyle: boolean;
  /**
   * Absent: as AWS's own programs find them: environment, profiles and SSO, web identity, a container's or an instance's
   * metadata.
   */
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  /** Temporary keys need one. */
  readonly sessionToken?: string;
  /** PEM bundle of the only authorities trusted for an https endpoint. Default: those that Node trusts. */
  readonly caPem?: string;
  /** The longest time that no byte of an object moves, in milliseconds. Default: 120000. */
  readonly stallTimeoutMs?: number;
}

export const defaultStallTimeoutMs = 120_000;

/** @throws KnownFailure `S3EndpointInvalid`. */
export const createS3Client = (access: S3Access): S3Client => {
  assertS3Endpoint(access.endpoint);
  const { accessKeyId, secretAccessKey, sessionToken, caPem, stallTimeoutMs = defaultStallTimeoutMs } = access;
  const client = new S3Client({
    endpoint: access.endpoint,
    region: access.region,
    forcePathStyle: access.forcePathStyle,
    ...(accessKeyId !== undefined &&
      secretAccessKey !== undefined && {
        credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
      }),
    // The SDK's newer checksums come as trailers, which not every server takes. Ours are Content-MD5 and the snapshot's SHA-256.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 3,
    retryMode: 'standard',
    defaultsMode: 'standard',
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    useArnRegion: false,
    disableMultiregionAccessPoints: true,
    disableS3ExpressSessionAuth: true,
    sigv4aSigningRegionSet: [access.region],
    authSchemePreference: ['sigv4'],
    userAgentAppId: 'openbao-dr',
    requestHandler: {
      connectionTimeout: 5_000,
      socketTimeout: stallTimeoutMs,
      ...(caPem !== undefined && { httpsAgent: { ca: caPem } }),
    },
  });
  guardCredentials(client);
  guardAnswers(client);
  return client;
};
