/** The operator's logins in a real OpenBao, as the operator makes them when it initialises one. */
import { baseline } from '../../domain/topology.js';
import type { OpenBaoSession } from '../../systems/openbao/client.js';
import { jwtTrustPolicy, publicKeysIn } from '../../systems/openbao/jwt-trust.js';
import type { TestOpenBaoServer } from './openbao-server.js';
import type { OperatorLogins } from './operator-stand-in.js';

export const trustOperator = async (root: OpenBaoSession, logins: OperatorLogins): Promise<void> => {
  const mount = baseline.operatorMount;
  await root.write(`sys/auth/${mount}`, { type: 'jwt' });
  await root.write(`auth/${mount}/config`, {
    bound_issuer: logins.issuer,
    jwt_validation_pubkeys: publicKeysIn(logins.keySet),
  });
  for (const [role, subject] of Object.entries(logins.roles)) {
    await root.write(`auth/${mount}/role/${role}`, {
      role_type: 'jwt',
      user_claim: 'sub',
      bound_audiences: [logins.audience],
      bound_subject: subject,
      token_policies: [role],
      token_ttl: '1h',
    });
  }
};

/** A user of `auth/userpass` that may repair the trust, and nothing else. */
export const createTrustUser = async (
  { root }: TestOpenBaoServer,
  username: string,
  password: string,
): Promise<void> => {
  await root.write('sys/auth/userpass', { type: 'userpass' });
  await root.write(`sys/policies/acl/${username}`, { policy: jwtTrustPolicy(baseline.operatorMount) });
  await root.write(`auth/userpass/users/${username}`, { password, token_policies: [username] });
};
