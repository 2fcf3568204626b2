/**
 * Which references a worker resolves. What a reference names goes to an address that the plan names as well, so the people who may start a
 * workflow must not choose among all files and variables of the worker: its administrator does.
 */
import { KnownFailure } from '../../../domain/known-failure.js';
import { isSecretRef, type SecretRef, secretSchemes } from '../../../domain/pair/secret-ref.js';
import type { Environment } from '../../../systems/tools/index.js';

export interface ReferenceAllowance {
  /** Whether a plan may name it. */
  allows(ref: SecretRef): boolean;
}

export const referencesVariable = 'OPENBAO_DR_ALLOWED_REFERENCES';

/**
 * References of lanes, and what `OPENBAO_DR_ALLOWED_REFERENCES` adds, separated by commas: a reference, or all that begin with what stands
 * before a `*`, as `env:BACKUP_*`, `file:/etc/openbao-dr/*`, `k8s:backup/*`.
 *
 * @throws KnownFailure `InvalidAllowance` naming the part of the variable that cannot be read.
 */
export const referenceAllowanceIn = (environment: Environment): ReferenceAllowance => {
  const parts = (environment[referencesVariable] ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  for (const part of parts) assertReadable(part);
  return { allows: (ref) => ref.startsWith('lane:') || parts.some((part) => fits(ref, part)) };
};

/** What a plan names, where the person who typed it runs the worker as well. */
export const allowanceOf = (refs: Iterable<SecretRef>): ReferenceAllowance => {
  const named = new Set(refs);
  return { allows: (ref) => ref.startsWith('lane:') || named.has(ref) };
};

/** A path that leads up again would fit every folder. */
const fits = (ref: SecretRef, part: string): boolean =>
  part.endsWith('*') ? ref.startsWith(part.slice(0, -1)) && !/(?:^|[/:])\.\.?(?:[/#]|$)/.test(ref) : ref === part;

const assertReadable = (part: string): void => {
  const begins = secretSchemes.some((scheme) => part.startsWith(`${scheme}:`));
  const open = part.endsWith('*') && !part.slice(0, -1).includes('*');
  if (begins && (open || isSecretRef(part))) return;
  throw new KnownFailure(
    'InvalidAllowance',
    `${referencesVariable} has a part that is neither a reference nor the beginning of some: name references like env:BACKUP_TOKEN, or all that begin with file:/etc/openbao-dr/* in the same way.`,
  );
};
