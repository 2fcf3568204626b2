/** The AWS SDK's client, told everything: it looks nothing up in the environment, in profiles or in metadata services. */
import { S3Client } from '@aws-sdk/client-s3';

export interface S3Access {
  /** `http(s)://host:port`. */
  readonly endpoint: string;
  readonly region: string;
  /** The bucket in the path instead of the host name; most servers other than AWS want it. */
  readonly forcePathStyle: boolean;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export const createS3Client = (access: S3Access): S3Client =>
  new S3Client({
    endpoint: access.endpoint,
    region: access.region,
    forcePathStyle: access.forcePathStyle,
    credentials: { accessKeyId: access.accessKeyId, secretAccessKey: access.secretAccessKey },
    // The SDK's newer checksums come as trailers, which not every server takes. Ours is the snapshot's SHA-256.
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
    requestHandler: { connectionTimeout: 5_000, socketTimeout: 120_000 },
  });
