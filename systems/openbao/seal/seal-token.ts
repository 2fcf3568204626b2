/** The token a seal has for its Transit: whether it is one, and for how long. */
import { isKnownFailure, KnownFailure } from '../../../domain/known-failure.js';
import type { OpenBaoSession } from '../api/session.js';
import type { TransitKey } from './transit-key.js';

/** It is none any more. */
export const tokenRefused = ({ mountPath, keyName }: TransitKey, cause?: KnownFailure): KnownFailure =>
  new KnownFailure(
    'SealTokenRefused',
    'Transit does not know the seal token: it expired or was revoked. Give the site a new one.',
    { facts: { mountPath, keyName }, cause },
  );

/** @param error why nothing was answered. */
export const transitUnreachable = (error: KnownFailure): KnownFailure =>
  new KnownFailure(
    'TransitUnreachable',
    `Transit, which has the seal key, does not answer: check that it runs and is unsealed. ${error.message}`,
    { retryable: true, cause: error },
  );

export interface SealToken {
  /** Undefined: it does not expire. */
  readonly ttlSeconds?: number;
}

/** The token's own account; `refused` if it is no longer valid, `silent` if its policy does not let it look itself up. */
export const lookUpToken = async (
  session: Pick<OpenBaoSession, 'read'>,
  signal?: AbortSignal,
): Promise<SealToken | 'refused' | 'silent'> => {
  try {
    const ttl = (await session.read('auth/token/lookup-self', { signal }))?.['ttl'];
    return typeof ttl === 'number' && ttl > 0 ? { ttlSeconds: ttl } : {};
  } catch (error) {
    // OpenBao answers a path outside the policy with a list of errors, and an invalid token with a bare sentence.
    if (isKnownFailure(error, 'PermissionDenied'))
      return error.message.includes('1 error occurred') ? 'silent' : 'refused';
    throw isKnownFailure(error) && error.retryable ? transitUnreachable(error) : error;
  }
};

/**
 * Returns if Transit answers and knows the token; only its use shows whether it may use the key.
 *
 * @throws KnownFailure `SealTokenRefused`, `TransitUnreachable` (a retry may help), `OpenBaoCertificateRefused`.
 */
export const assertSealToken = async (
  session: Pick<OpenBaoSession, 'read'>,
  seal: TransitKey,
  signal?: AbortSignal,
): Promise<void> => {
  if ((await lookUpToken(session, signal)) === 'refused') throw tokenRefused(seal);
};
