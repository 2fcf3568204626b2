/** Logs in with a credential of any kind. */
import type { LogIn } from '../../../activities/ports/log-in.js';
import { createAppRoleLogin } from './approle.js';
import { logInWithCertificate } from './certificate.js';
import { logInWithJwt, logInWithServiceAccount } from './jwt.js';
import { useToken } from './token.js';
import { logInWithPassword } from './userpass.js';

/** One for a process: it remembers the secret ids that it has unwrapped. */
export const createLogIn = (): LogIn => {
  const logInWithAppRole = createAppRoleLogin();
  return (endpoint, credential, terms) => {
    const { namespace } = credential;
    const tools = { ...terms, endpoint: namespace === undefined ? endpoint : { ...endpoint, namespace } };
    switch (credential.method) {
      case undefined:
      case 'userpass':
        return logInWithPassword(credential, tools);
      case 'approle':
        return logInWithAppRole(credential, tools);
      case 'kubernetes':
        return logInWithServiceAccount(credential, tools);
      case 'jwt':
        return logInWithJwt(credential, tools);
      case 'cert':
        return logInWithCertificate(credential, tools);
      case 'token':
        return useToken(credential, tools);
    }
  };
};
