/**
 * One `OpenBaoRestore` is one attempt to restore a cluster, and its spec never changes. Its end depends on the operator: one
 * release line reports `Completed`, a newer one cannot report the outcome, holds the cluster, and waits for an administrator.
 */
import { canonicalJson } from '../../domain/json/canonical-json.js';
import { listAt, textAt, valueAt } from '../../domain/fields.js';
import { conditionOf, operatorApiVersion, type OperatorObject } from './objects.js';
import type { OperatorRestore, Snapshot } from '../../domain/report/report.js';
import type { OperatorAccess } from '../../domain/pair/topology.js';

/**
 * A valid name for the attempt of a drill, always the same: what is made twice is found instead. It leaves room for the name
 * of the Job, which is the operator's `restore-` and this one, and whose pods have it as a label.
 */
export const restoreName = (drillId: string, attempt: number): string => {
  const suffix = `-${attempt}`;
  const word = drillId
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return `drill-${word.slice(-(longestName - 'drill-'.length - suffix.length)).replace(/^-+/, '')}${suffix}`;
};

const longestName = 55;

/** The facts of the snapshot, beyond its key, that an installed operator accepts in a restore. */
export const expectationFields = ['expectedDigest', 'expectedSize', 'expectedClusterID', 'expectedVersion'] as const;
export type ExpectationField = (typeof expectationFields)[number];

/** They are read from the resource's definition, because no version number shows them. */
export const expectationsIn = (definition: unknown, version = 'v1alpha1'): readonly ExpectationField[] => {
  const served = listAt(definition, 'spec', 'versions').find((one) => valueAt(one, 'name') === version);
  const inSpec = ['schema', 'openAPIV3Schema', 'properties', 'spec', 'properties'];
  const source = valueAt(served, ...inSpec, 'source', 'properties');
  return expectationFields.filter((field) => valueAt(source, field) !== undefined);
};

export interface RestoreRequest {
  readonly name: string;
  readonly drillId: string;
  readonly operator: OperatorAccess;
  readonly snapshot: Snapshot;
  /** The fields that the installed operator knows. */
  readonly expectations: readonly ExpectationField[];
  readonly clusterId?: string | undefined;
  readonly openbaoVersion?: string | undefined;
  /** Break-glass: the operator restores whatever state the cluster is in, and whatever sealed the snapshot. */
  readonly force: boolean;
}

/** Binds the resource to one snapshot, so that an attempt is never taken up for another. */
const digestAnnotation = 'openbao-dr/snapshot-sha256';

export const restoreObject = (request: RestoreRequest): RestoreObject => {
  const { name, drillId, operator, snapshot, force } = request;
  const { endpoint, bucket, region, forcePathStyle, credentialsSecret } = operator.storage;
  return {
    apiVersion: operatorApiVersion,
    kind: 'OpenBaoRestore',
    metadata: {
      name,
      namespace: operator.namespace,
      labels: { 'app.kubernetes.io/managed-by': 'openbao-dr' },
      annotations: { 'openbao-dr/drill': drillId, [digestAnnotation]: snapshot.sha256 },
    },
    spec: {
      cluster: operator.cluster,
      source: {
        target: {
          provider: 's3',
          endpoint,
          bucket,
          region,
          usePathStyle: forcePathStyle,
          credentialsSecretRef: { name: credentialsSecret },
        },
        key: snapshot.key,
        ...expectationsOf(request),
      },
      jwtAuthRole: operator.restoreRole,
      ...(operator.jobImage !== undefined && { image: operator.jobImage }),
      ...(force && { force }),
    },
  };
};

export interface RestoreObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

const expectationsOf = ({
  expectations,
  snapshot,
  clusterId,
  openbaoVersion,
}: RestoreRequest): Readonly<Record<string, unknown>> => {
  const values: Readonly<Record<ExpectationField, string | number | undefined>> = {
    expectedDigest: `sha256:${snapshot.sha256.toLowerCase()}`,
    expectedSize: snapshot.sizeBytes,
    expectedClusterID: clusterId,
    expectedVersion: openbaoVersion,
  };
  return Object.fromEntries(
    expectations.flatMap((field) => (values[field] === undefined ? [] : [[field, values[field]]])),
  );
};

/** ETag of the object that was verified before the restore was made. */
const etagAnnotation = 'openbao-dr/snapshot-etag';

export const withEtag = (restore: RestoreObject, etag: string): RestoreObject => {
  const { metadata } = restore;
  return { ...restore, metadata: { ...metadata, annotations: { ...metadata.annotations, [etagAnnotation]: etag } } };
};

export const etagOf = ({ metadata }: OperatorObject): string | undefined => metadata?.annotations?.[etagAnnotation];

/**
 * Whether a restore that was found under a name is the one that was to be made: everything in `wanted` is there and equal, and
 * nothing else asks for more than the operator's defaults do.
 */
export const isSameRestore = (found: OperatorObject, wanted: RestoreObject): boolean =>
  found.metadata?.annotations?.[digestAnnotation] === wanted.metadata.annotations[digestAnnotation] &&
  covers(valueAt(found, 'spec'), wanted.spec) &&
  ['force', 'overrideOperationLock'].every(
    (field) => (valueAt(found, 'spec', field) ?? false) === (wanted.spec[field] ?? false),
  ) &&
  valueAt(found, 'spec', 'clusterTemplate') === undefined;

/** Everything that is in `wanted` is in `found`: defaults are added by the server. */
const covers = (found: unknown, wanted: unknown): boolean => {
  if (typeof wanted !== 'object' || wanted === null) return found === wanted;
  if (Array.isArray(wanted)) return canonicalJson(found) === canonicalJson(wanted);
  return Object.entries(wanted).every(([member, value]) => covers(valueAt(found, member), value));
};

/** How far a restore is, in the operator's own words. */
export interface RestoreSight {
  /** `Pending`, `Validating`, `Running`, `Completed`, `Failed`, `Unknown`. */
  readonly phase: string;
  readonly message: string;
  /** ISO 8601. */
  readonly startedAt?: string;
  readonly completedAt?: string;
}

export const readRestore = (object: OperatorObject): RestoreSight => {
  const startedAt = textAt(object, 'status', 'startTime') ?? object.metadata?.creationTimestamp;
  const completedAt = textAt(object, 'status', 'completionTime');
  const message = textAt(object, 'status', 'message') ?? conditionOf(object, 'RestoreComplete')?.message;
  return {
    phase: textAt(object, 'status', 'phase') ?? 'Pending',
    message: message ?? '',
    ...(startedAt !== undefined && { startedAt }),
    ...(completedAt !== undefined && { completedAt }),
  };
};

/**
 * The end of the operator's part. `completed` and `failed` are its words, and neither is trusted: the target's data shows the
 * outcome. `held`: the operator reports no outcome, and holds the cluster until it is asked to go on.
 */
export type OperatorRestoreOutcome = OperatorRestore['outcome'];

/** Undefined while it goes on. */
export const outcomeOf = ({ phase }: RestoreSight): OperatorRestoreOutcome | undefined =>
  phase === 'Completed' ? 'completed' : phase === 'Failed' ? 'failed' : phase === 'Unknown' ? 'held' : undefined;

/** Before these have passed, nothing has been sent to the cluster, and the restore can be taken back. */
export const hasBegun = ({ phase }: RestoreSight): boolean => phase !== 'Pending' && phase !== 'Validating';

/** The answer to the request that a held restore goes on. */
export type Release =
  | { readonly is: 'released'; readonly message: string }
  | { readonly is: 'blocked'; readonly reason: string; readonly message: string };

/** Undefined: the operator has not looked at it yet. */
export const readRelease = (object: OperatorObject): Release | undefined => {
  const condition = conditionOf(object, 'RecoveryReleased');
  const disposition = dispositionOf(object);
  if (condition?.status === 'True' || (condition === undefined && disposition === 'Resume')) {
    return { is: 'released', message: condition?.message ?? condition?.reason ?? `disposition ${disposition ?? ''}` };
  }
  if (condition === undefined) return undefined;
  return { is: 'blocked', reason: condition.reason ?? 'unknown', message: condition.message ?? '' };
};

/** Reasons that no waiting changes. */
export const isFinalReason = (reason: string): boolean => reason === 'Abandoned' || reason === 'RecoveryBlocked';

/** The administrator's decision: `Resume` or `Abandon`. */
const dispositionOf = (object: OperatorObject): string | undefined =>
  textAt(object, 'status', 'administratorDisposition') ??
  textAt(object, 'status', 'administratorDisposition', 'action');
