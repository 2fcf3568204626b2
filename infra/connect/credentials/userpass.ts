import type { UserpassCredential } from '../../../domain/pair/credentials.js';
import { logInAt, type LoginWay } from './login-way.js';

export const logInWithPassword: LoginWay<UserpassCredential> = async (credential, { references, ...tools }) => {
  const { username, password, mountPath = 'userpass' } = credential;
  return logInAt(tools, {
    credential,
    path: `auth/${mountPath}/login/${encodeURIComponent(username)}`,
    body: { password: await references.read(password) },
    refusals: [
      {
        said: /invalid username or password/,
        sentence: 'OpenBao does not accept this user name with this password: check the password.',
      },
    ],
  });
};
