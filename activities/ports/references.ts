import type { SecretRef } from '../../domain/pair/secret-ref.js';

/** Resolves references to what must not travel through a history. */
export interface References {
  /**
   * @throws KnownFailure naming the reference, never what it stands for: `MaterialMissing` of a lane; `SecretMissing`, `SecretNotReadable`,
   * `SecretUnusable` or `ReferenceNotAllowed` of other schemes; or as the system fails that holds it.
   */
  read(ref: SecretRef): Promise<string>;
}
