import { type JwtCredential, type KubernetesCredential, podTokenRef } from '../../../domain/pair/credentials.js';
import { logInAt, type LoginWay, type Refusal } from './login-way.js';

const roleMissing: Refusal = {
  said: /role .* could not be found|invalid role name|missing role/,
  sentence: 'The login has no such role: check its name.',
};

export const logInWithJwt: LoginWay<JwtCredential> = async (credential, { references, ...tools }) => {
  const { role, jwt, mountPath = 'jwt' } = credential;
  return logInAt(tools, {
    credential,
    path: `auth/${mountPath}/login`,
    body: { ...(role !== undefined && { role }), jwt: await references.read(jwt) },
    refusals: [
      roleMissing,
      {
        said: /error validating (?:token|claims)|error verifying token|invalid .* claim/i,
        sentence:
          'OpenBao does not accept this token for this role: check whose tokens the login trusts, the audience and subject of the role, and whether the token has expired.',
      },
    ],
  });
};

/** A token that Kubernetes refuses and a login that is not mounted are answered the same, and so are no clear refusal. */
export const logInWithServiceAccount: LoginWay<KubernetesCredential> = async (credential, { references, ...tools }) => {
  const { role, jwt = podTokenRef, mountPath = 'kubernetes' } = credential;
  return logInAt(tools, {
    credential,
    path: `auth/${mountPath}/login`,
    body: { role, jwt: await references.read(jwt) },
    refusals: [
      roleMissing,
      {
        said: /invalid audience|service account .*not authorized|namespace not authorized|claim/i,
        sentence:
          'OpenBao does not accept this service account for this role: check the accounts, the namespaces and the audience that the role is bound to.',
      },
    ],
  });
};
