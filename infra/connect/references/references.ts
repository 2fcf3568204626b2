/** Resolves references of every scheme: each by its own source, and none that the worker's administrator did not allow. */
import type { References } from '../../../activities/ports/references.js';
import { KnownFailure } from '../../../domain/known-failure.js';
import { schemeOf, type SecretRef, type SecretScheme } from '../../../domain/pair/secret-ref.js';
import type { KnownSecrets } from '../../../systems/secrets/known-secrets.js';
import { type ReferenceAllowance, referencesVariable } from './allowance.js';
import type { SecretSource } from './secret-source.js';

export interface ReferencesOptions {
  readonly sources: Readonly<Record<SecretScheme, SecretSource>>;
  readonly allowance: ReferenceAllowance;
  /** Is told each value, so that no text shows it. */
  readonly secrets: Pick<KnownSecrets, 'remember'>;
}

/** @throws KnownFailure `ReferenceInvalid`, which does not repeat what may be a secret, or `ReferenceNotAllowed`. */
export const createReferences = ({ sources, allowance, secrets }: ReferencesOptions): References => ({
  async read(ref) {
    const scheme = schemeOf(ref);
    if (scheme === undefined) throw referenceInvalid();
    if (!allowance.allows(ref)) throw referenceNotAllowed(ref);
    const value = await sources[scheme].read(ref);
    secrets.remember(value);
    return value;
  },
});

const referenceInvalid = (): KnownFailure =>
  new KnownFailure(
    'ReferenceInvalid',
    'What is to name a secret is no reference: write it as env:NAME, file:/path, openbao:path#field or k8s:namespace/secret#key.',
  );

const referenceNotAllowed = (ref: SecretRef): KnownFailure =>
  new KnownFailure(
    'ReferenceNotAllowed',
    `This worker does not resolve the reference ${ref}: have its administrator add it to ${referencesVariable}.`,
  );
