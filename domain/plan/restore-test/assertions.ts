/** What a restore test asserts of the restored copy, beyond what it proves in any case. No value of a secret is ever printed. */
import { z } from 'zod';
import { duration, namespacePath } from '../plan-fields.js';
import { apiPath, credential, keyName, mountPath, secretRef, sha256 } from './fields.js';

const name = z.string().min(1, 'is empty').max(200, 'is longer than 200 characters');
const field = z.string().min(1, 'is empty').max(500, 'is longer than 500 characters');
const count = z.number('is not a whole number').int('is not a whole number').nonnegative('is less than 0');
const percent = z.number('is not a percentage').min(0, 'is less than 0').max(100, 'is more than 100');

const mounted = z.strictObject({ path: mountPath, type: name });

const login = z
  .strictObject({ accepted: credential, refused: credential })
  .partial()
  .refine(
    ({ accepted, refused }) => (accepted === undefined) !== (refused === undefined),
    'names one of "accepted" and "refused", and not both',
  );

/** With no more than its path, it must exist. */
const path = z
  .strictObject({
    path: apiPath,
    /** Of a KV engine in version 2: it was written within so much time before the snapshot was taken. */
    newerThan: duration.optional(),
    /** Whose value the digest is of. */
    field: field.optional(),
    sha256: sha256.optional(),
    hmac: z.strictObject({ sha256, key: secretRef }).optional(),
  })
  .refine((given) => given.sha256 === undefined || given.hmac === undefined, {
    path: ['hmac'],
    message: 'and "sha256" are two ways to say one value: name one of them',
  })
  .refine((given) => (given.sha256 ?? given.hmac) === undefined || given.field !== undefined, {
    path: ['field'],
    message: 'is missing: "sha256" and "hmac" are of the value of one field',
  })
  .refine((given) => given.field === undefined || (given.sha256 ?? given.hmac) !== undefined, {
    path: ['field'],
    message: 'belongs to "sha256" or "hmac", which are missing',
  });

const issuer = z.strictObject({
  mount: mountPath,
  /** Absent: the mount's default issuer. */
  issuer: name.optional(),
  /** SHA-256 of its certificate in DER. */
  fingerprint: sha256,
});

const decrypts = z.strictObject({
  mount: mountPath.default('transit'),
  key: keyName,
  ciphertext: z
    .string()
    .regex(/^vault:v\d+:[A-Za-z0-9+/=]+$/, 'is no ciphertext of Transit, like "vault:v1:…"')
    .max(100_000, 'is longer than 100000 characters'),
});

const counted = z
  .strictObject({
    mount: mountPath,
    min: count.optional(),
    max: count.optional(),
    /** How far the count may be from that of the last test that passed, in percent of it. */
    withinPercentOfLast: percent.optional(),
  })
  .refine((given) => (given.min ?? given.max ?? given.withinPercentOfLast) !== undefined, {
    message: 'has no bound: name "min", "max" or "withinPercentOfLast"',
  })
  .refine(({ min = 0, max = Infinity }) => min <= max, { path: ['max'], message: 'is less than "min"' });

const most = 200;
const tooMany = `has more than ${most} entries`;
const listOf = <Schema extends z.ZodType>(schema: Schema): z.ZodDefault<z.ZodArray<Schema>> =>
  z.array(schema).max(most, tooMany).default([]);

export const assertions = z
  .strictObject({
    mounts: listOf(mounted),
    /** Names of plugins that may be missing in the room. */
    missingPlugins: listOf(name),
    /** Namespaces that may stay sealed. */
    sealedNamespaces: listOf(namespacePath),
    logins: listOf(login),
    paths: listOf(path),
    policies: listOf(name),
    issuers: listOf(issuer),
    decrypts: listOf(decrypts),
    counts: listOf(counted),
  })
  .prefault({});
