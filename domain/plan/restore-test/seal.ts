/** What opens the snapshot: a stanza in the plan, with its secrets by reference, or a file of the worker's that holds the cluster's own. */
import { z } from 'zod';
import { isSecretRef, type SecretRef } from '../../pair/secret-ref.js';
import { type SealType, sealSecrets, sealTypes } from '../../pair/seal-types.js';
import { absolutePath, exactlyOne, secretRef } from './fields.js';

export type RestoreTestSeal =
  | {
      /** A file with the stanza, or with the whole configuration that has it. */
      readonly file: string;
    }
  | {
      readonly type: SealType;
      /** By OpenBao's own names, and nothing secret. */
      readonly attributes: Readonly<Record<string, string>>;
      /** Of the attributes that are secret, what they are read from. */
      readonly secrets: Readonly<Record<string, SecretRef>>;
      /** Of a Shamir seal. Empty: people type them at the room. */
      readonly shares: readonly SecretRef[];
    };

const attribute = z.union([z.string().max(4_096), z.number(), z.boolean()], {
  error: 'must be text, a number, true or false',
});

/** OpenBao's own way to say that a value is elsewhere, which no allowance of the worker's would see. */
const refersByItself = (value: unknown): boolean => typeof value === 'string' && /^(?:env|file):\/\//.test(value);

export const seal = z
  .object({
    type: z.enum(sealTypes).optional(),
    file: absolutePath.optional(),
    shares: z.array(secretRef).min(1, 'is empty').max(255).optional(),
  })
  .catchall(attribute)
  .refine((given) => exactlyOne(given, 'type', 'file'), 'names one of "type" and "file", and not both')
  .superRefine(({ type, file, shares, ...attributes }, context) => {
    const refuse = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message });
    if (shares !== undefined && type !== 'shamir') refuse('shares', 'are of a seal of the type shamir');
    const secret = type === undefined ? [] : sealSecrets[type];
    for (const [name, value] of Object.entries(attributes)) {
      if (file !== undefined) refuse(name, 'belongs into the file that "file" names');
      else if (!/^[a-z][a-z0-9_]{0,63}$/.test(name)) refuse(name, 'is not the name of a field of a seal stanza');
      else if (refersByItself(value)) refuse(name, 'is read by OpenBao itself: write env:NAME or file:/path instead');
      else if (secret.includes(name) && !(typeof value === 'string' && isSecretRef(value))) {
        refuse(
          name,
          'is a secret of the seal, and a plan holds none: name a reference to it, as env:NAME, file:/path, openbao:path#field or k8s:namespace/secret#key',
        );
      }
    }
  })
  .transform(({ type, file, shares = [], ...given }): RestoreTestSeal => {
    if (file !== undefined || type === undefined) return { file: file ?? '' };
    const entries = Object.entries(given).map(([name, value]) => [name, String(value)] as const);
    const isSecret = (name: string): boolean => sealSecrets[type].includes(name);
    return {
      type,
      attributes: Object.fromEntries(entries.filter(([name]) => !isSecret(name))),
      secrets: Object.fromEntries(
        entries.filter(([name]) => isSecret(name)).map(([name, value]) => [name, value as SecretRef]),
      ),
      shares,
    };
  });
