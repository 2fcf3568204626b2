/** Judges the words that a person types to decide, before any question or action. */
import { KnownFailure } from '../../domain/known-failure.js';

/** @throws KnownFailure `InvalidApprover`: `--approve-as` is empty. */
export const assertNamed = (approveAs: string | undefined): void => {
  if (approveAs?.trim() === '') throw new KnownFailure('InvalidApprover', 'The name given with --approve-as is empty.');
};

/**
 * The digest in the drill's own form.
 *
 * @throws KnownFailure `InvalidEvidence`.
 */
export const readDigest = (typed: string | undefined): string | undefined => {
  if (typed === undefined || /^[0-9a-f]{64}$/i.test(typed)) return typed?.toLowerCase();
  throw new KnownFailure(
    'InvalidEvidence',
    'The digest given with --evidence is not 64 hexadecimal digits: copy it from what `openbao-dr status` shows.',
  );
};
