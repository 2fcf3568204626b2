/** Fields that only plans of restore tests have: what they name secrets by, and who logs in. */
import { z } from 'zod';
import { type Credential, credentialMethods } from '../../pair/credentials.js';
import { longestSecretRef, type SecretRef, secretRefPattern } from '../../pair/secret-ref.js';
import { namespacePath } from '../plan-fields.js';

const noReference =
  'is no reference to a secret: write it as env:NAME, file:/path, openbao:path#field or k8s:namespace/secret#key, for a plan holds no secret itself';

/** A secret is named and never written. What is no reference may be a secret, and is not repeated. */
export const secretRef = z
  .string()
  .max(longestSecretRef, noReference)
  .regex(secretRefPattern, noReference)
  .transform((text) => text as SecretRef);

export const absolutePath = z
  .string()
  .regex(/^\/[^\0\n]*$/, 'is no absolute path, like "/var/backups/openbao"')
  .max(4_096, 'is longer than 4096 characters');

/** Of an OpenBao. What stands before an @ may be a password. */
export const httpsAddress = z
  .string()
  .regex(
    /^https:\/\/[A-Za-z0-9.:[\]-]+\/?$/,
    'is no address like "https://bao.example.com:8200", without a user or a password',
  )
  .max(500, 'is longer than 500 characters');

export const hostName = z.string().regex(/^[A-Za-z0-9.-]{1,253}$/, 'is not the name of a host');

export const mountPath = z
  .string()
  .regex(/^[^\s/]+(\/[^\s/]+)*\/?$/, 'is not the path of a mount, like "secret/"')
  .max(500, 'is longer than 500 characters')
  .transform((path) => path.replace(/\/$/, ''));

export const apiPath = z
  .string()
  .regex(/^[^\s/]+(\/[^\s/]+)*$/, 'is not a path of OpenBao, like "secret/data/app"')
  .max(1_000, 'is longer than 1000 characters');

export const keyName = z.string().regex(/^[\w.-]{1,128}$/, 'is not the name of a key');

export const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'is not a SHA-256: 64 lower-case hexadecimal digits');

const name = z.string().min(1, 'is empty').max(200, 'is longer than 200 characters');
const place = { namespace: namespacePath.optional(), mountPath: mountPath.optional() };

const kinds = [
  z.strictObject({ method: z.literal('userpass'), username: name, password: secretRef, ...place }),
  z
    .strictObject({
      method: z.literal('approle'),
      roleId: name,
      secretId: secretRef.optional(),
      wrapped: z.boolean().optional(),
      ...place,
    })
    .refine(({ secretId, wrapped }) => wrapped !== true || secretId !== undefined, {
      path: ['wrapped'],
      message: 'says what "secretId" stands for, which is missing',
    }),
  z.strictObject({ method: z.literal('kubernetes'), role: name, jwt: secretRef.optional(), ...place }),
  z.strictObject({ method: z.literal('jwt'), role: name.optional(), jwt: secretRef, ...place }),
  z.strictObject({
    method: z.literal('cert'),
    role: name.optional(),
    certificate: secretRef,
    key: secretRef,
    ...place,
  }),
  z.strictObject({ method: z.literal('token'), token: secretRef, namespace: namespacePath.optional() }),
] as const;

export const credential: z.ZodType<Credential, unknown> = z.discriminatedUnion('method', kinds, {
  error: ({ code }) => (code === 'invalid_union' ? `must be one of ${credentialMethods.join(', ')}` : undefined),
});

/** Whether of several fields exactly one is there. */
export const exactlyOne = (fields: Readonly<Record<string, unknown>>, ...names: readonly string[]): boolean =>
  names.filter((field) => fields[field] !== undefined).length === 1;
