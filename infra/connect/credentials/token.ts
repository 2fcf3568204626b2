import { isKnownFailure } from '../../../domain/known-failure.js';
import type { TokenCredential } from '../../../domain/pair/credentials.js';
import { loginRefused, type LoginWay } from './login-way.js';

/**
 * A token is no login, so it is asked about itself: one that has expired is refused here, not in the midst of a step. One without the
 * default policy may not look at itself, which OpenBao says in other words than of a token that it does not know.
 */
export const useToken: LoginWay<TokenCredential> = async (credential, { references, connect, endpoint }) => {
  const session = connect(endpoint).useToken(await references.read(credential.token));
  try {
    await session.read('auth/token/lookup-self');
    return session;
  } catch (error) {
    if (!isKnownFailure(error, 'PermissionDenied')) throw error;
    if (error.facts['answer'] !== 'permission denied') return session;
    throw loginRefused(
      endpoint,
      credential,
      'OpenBao does not accept this token: it has expired, was revoked, or belongs to another OpenBao or namespace.',
    );
  }
};
