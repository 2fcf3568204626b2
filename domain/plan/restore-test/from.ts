/** Where the snapshots of a restore test lie, and which of them it restores. */
import { z } from 'zod';
import type { RecoveryPointChoice } from '../../snapshot/recovery-point/choice.js';
import type { SnapshotPlace } from '../../snapshot/recovery-point/place.js';
import { duration } from '../plan-fields.js';
import { absolutePath, exactlyOne, secretRef } from './fields.js';

/** As resolved. */
export interface RestoreTestSource {
  readonly place: SnapshotPlace;
  readonly choice: RecoveryPointChoice;
  readonly newerThanSeconds?: number | undefined;
}

const key = z.string().min(1, 'is empty').max(1_024, 'is longer than 1024 characters');

const choose = z
  .union(
    [
      z.enum(['newest', 'oldest']),
      z.strictObject({ random: duration }),
      z.strictObject({ at: z.iso.datetime({ offset: true, error: 'is no time like "2026-11-27T03:00:00Z"' }) }),
      z.strictObject({ key, versionId: key.optional() }),
    ],
    {
      error:
        'must be newest, oldest, { random: 30d }, { at: "2026-11-27T03:00:00Z" } or { key: prod/bao.snap }, with a versionId if one is meant',
    },
  )
  .default('newest')
  .transform((chosen): RecoveryPointChoice => {
    if (typeof chosen === 'string') return { way: chosen };
    if ('random' in chosen) return { way: 'random', withinSeconds: chosen.random };
    if ('at' in chosen) return { way: 'at', time: new Date(chosen.at).toISOString() };
    return { way: 'key', ...chosen };
  });

const ofBucket = ['endpoint', 'region', 'style', 'ca', 'accessKeyId', 'secretAccessKey', 'sessionToken'] as const;

export const from = z
  .strictObject({
    s3: z
      .string()
      .regex(
        /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/(?:.*\/)?$/s,
        'is not of the form s3://bucket/ or s3://bucket/prefix/, with a slash at its end, and a snapshot is named with "choose: { key: … }"',
      )
      .max(1_100, 'is longer than 1100 characters')
      .optional(),
    folder: absolutePath.optional(),
    endpoint: z
      .string()
      .regex(/^https?:\/\/[A-Za-z0-9.:[\]-]+\/?$/, 'is not of the form https://host:port, without a user or a password')
      .optional(),
    region: z
      .string()
      .regex(/^[a-z0-9-]{2,40}$/i, 'is not the name of a region, like "eu-central-1"')
      .default('us-east-1'),
    style: z.enum(['path', 'virtual-host']).optional(),
    ca: secretRef.optional(),
    accessKeyId: secretRef.optional(),
    secretAccessKey: secretRef.optional(),
    sessionToken: secretRef.optional(),
    choose,
    newerThan: duration.optional(),
  })
  .refine((given) => exactlyOne(given, 's3', 'folder'), 'names one of "s3" and "folder", and not both')
  .superRefine((given, context) => {
    const misplaced = ofBucket.filter((name) => given[name] !== undefined && name !== 'region');
    for (const name of given.folder === undefined ? [] : misplaced) {
      context.addIssue({ code: 'custom', path: [name], message: 'is of a bucket, and "folder" names a folder' });
    }
  })
  .refine(({ accessKeyId, secretAccessKey }) => (accessKeyId === undefined) === (secretAccessKey === undefined), {
    path: ['secretAccessKey'],
    message: 'and "accessKeyId" go together: name both, or neither for the credentials of the worker',
  })
  .refine(({ accessKeyId, sessionToken }) => sessionToken === undefined || accessKeyId !== undefined, {
    path: ['sessionToken'],
    message: 'belongs to "accessKeyId", which is missing',
  })
  .transform(({ choose: choice, newerThan, ...given }): RestoreTestSource => ({
    place: placeOf(given),
    choice,
    ...(newerThan !== undefined && { newerThanSeconds: newerThan }),
  }));

interface Given {
  readonly s3?: string | undefined;
  readonly folder?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly region: string;
  readonly style?: 'path' | 'virtual-host' | undefined;
}

/** A store with an endpoint of its own is asked in path style, as most want it; AWS by virtual hosts. */
const placeOf = ({ s3 = '', folder, endpoint, region, style, ...secrets }: Given): SnapshotPlace => {
  if (folder !== undefined) return { kind: 'folder', folder };
  const [, name = '', prefix = ''] = /^s3:\/\/([^/]+)\/(.*)$/s.exec(s3) ?? [];
  return {
    kind: 'bucket',
    prefix,
    bucket: {
      name,
      endpoint: endpoint ?? `https://s3.${region}.amazonaws.com`,
      region,
      forcePathStyle: style === undefined ? endpoint !== undefined : style === 'path',
      ...secrets,
    },
  };
};
