/** What one scheme's references are resolved with. */
import { KnownFailure } from '../../../domain/known-failure.js';
import type { SecretRef } from '../../../domain/pair/secret-ref.js';

export interface SecretSource {
  /** @throws KnownFailure naming the reference, and nothing of what it stands for. */
  read(ref: SecretRef): Promise<string>;
}

/** More than any key, token or bundle of certificates has. */
export const mostSecretBytes = 1024 * 1024;

/** What a reference says behind its scheme. */
export const restOf = (ref: SecretRef): string => ref.slice(ref.indexOf(':') + 1);

/** The parts of `path#field`; the form of references has one `#`. */
export const fieldOf = (ref: SecretRef): { readonly path: string; readonly field: string } => {
  const [path = '', field = ''] = restOf(ref).split('#');
  return { path, field };
};

export const secretMissing = (ref: SecretRef, why: string): KnownFailure =>
  new KnownFailure('SecretMissing', `The reference ${ref} names nothing: ${why}.`);

export const secretNotReadable = (ref: SecretRef, why: string, cause?: unknown): KnownFailure =>
  new KnownFailure('SecretNotReadable', `What the reference ${ref} names cannot be read: ${why}.`, { cause });

export const secretUnusable = (ref: SecretRef, why: string): KnownFailure =>
  new KnownFailure('SecretUnusable', `What the reference ${ref} names is no secret that can be used: ${why}.`);
