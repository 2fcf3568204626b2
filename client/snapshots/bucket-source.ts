/**
 * A bucket that the command line names: `s3://bucket/key`, with the options, a lane or the usual AWS_* variables for access.
 */
import { KnownFailure } from '../../domain/known-failure.js';
import { parseLaneName } from '../../domain/plan/plan-schema.js';
import { readLaneTopology } from '../../infra/lanes/lane-topology.js';
import { createMaterials } from '../../infra/state/materials.js';
import { createObjectStore, type ObjectStore, type ObjectStoreOptions } from '../../systems/object-store/client.js';
import { assertS3Endpoint } from '../../systems/object-store/endpoint.js';
import type { Context, GlobalOptions } from '../cli/context.js';
import { openStateFolderOnly } from '../cli/workspace.js';

export interface BucketOptions extends GlobalOptions {
  /** The bucket is in this lane's store, with the target's access. */
  readonly lane?: string;
  /** `http(s)://host:port`. Default: `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, else AWS itself. */
  readonly endpoint?: string;
  /** Default: `AWS_REGION`, `AWS_DEFAULT_REGION`, else `us-east-1`. */
  readonly region?: string;
  /** The bucket is part of the host name even with a named endpoint. Without one it always is. */
  readonly virtualHost?: boolean;
}

export interface BucketSource {
  /** The caller closes it. */
  readonly store: ObjectStore;
  /** The part of the address after the bucket, without the first slash: a key, a prefix, or nothing. */
  readonly key: string;
}

/**
 * @param address `s3://bucket` or `s3://bucket/key`.
 * @throws KnownFailure `S3AddressInvalid`, `S3EndpointInvalid`, `S3CredentialsMissing`; for a lane `InvalidLaneName`, `LaneMissing`.
 */
export const openBucketSource = async (
  context: Context,
  address: string,
  options: BucketOptions,
): Promise<BucketSource> => {
  const [, bucket, key = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/s.exec(address) ?? [];
  if (bucket === undefined) {
    throw new KnownFailure('S3AddressInvalid', `${quoted(address)} is not of the form s3://bucket/key.`);
  }
  const access =
    options.lane === undefined
      ? accessFrom(context.environment, options)
      : await laneAccess(context, options, parseLaneName(options.lane));
  return { store: createObjectStore({ ...access, bucket }), key };
};

/** The text before an @ may be a password. */
const quoted = (address: string): string => JSON.stringify(address.replace(/^([a-z0-9+.-]*:\/\/)?[^/]*@/i, '$1…@'));

type Access = Omit<ObjectStoreOptions, 'bucket'>;

const accessFrom = (environment: Context['environment'], options: BucketOptions): Access => {
  // An empty variable counts as not set, as in AWS's own programs.
  const variable = (...names: readonly string[]) => names.map((name) => environment[name]).find((value) => value);
  const region = options.region ?? variable('AWS_REGION', 'AWS_DEFAULT_REGION') ?? 'us-east-1';
  const named = options.endpoint ?? variable('AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL');
  if (named !== undefined) assertS3Endpoint(named);
  const accessKeyId = variable('AWS_ACCESS_KEY_ID');
  const secretAccessKey = variable('AWS_SECRET_ACCESS_KEY');
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined)) {
    const [given, missing] = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'].sort((name) => (variable(name) ? -1 : 1));
    throw new KnownFailure('S3CredentialsMissing', `${given} is set and ${missing} is not: set both, or neither.`);
  }
  const sessionToken = variable('AWS_SESSION_TOKEN');
  return {
    endpoint: named ?? `https://s3.${region}.amazonaws.com`,
    region,
    forcePathStyle: named !== undefined && options.virtualHost !== true,
    // No credentials: AWS's own way finds them.
    ...(accessKeyId !== undefined && secretAccessKey !== undefined && { accessKeyId, secretAccessKey }),
    ...(accessKeyId !== undefined && sessionToken !== undefined && { sessionToken }),
  };
};

/** Uses the target's credentials, because the target has to read the snapshot. */
const laneAccess = async (context: Context, options: BucketOptions, lane: string): Promise<Access> => {
  const { stateFolder } = await openStateFolderOnly(context, options);
  const { endpoint, region, forcePathStyle, ...keys } = (await readLaneTopology(stateFolder, lane)).bucket.target;
  const materials = createMaterials(stateFolder);
  const { accessKeyId, secretAccessKey } = keys;
  return {
    endpoint,
    region,
    forcePathStyle,
    ...(accessKeyId !== undefined && { accessKeyId: await materials.read(accessKeyId) }),
    ...(secretAccessKey !== undefined && { secretAccessKey: await materials.read(secretAccessKey) }),
  };
};
