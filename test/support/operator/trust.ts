/** The operator's logins in a real OpenBao, as the operator makes them when it initialises one. */
import { textAt } from '../../../domain/fields.js';
import { serviceAccountOf } from '../../../systems/openbao-operator/objects.js';
import { baseline, type OperatorAccess } from '../../../domain/pair/topology.js';
import type { Cluster } from '../../../systems/kubernetes/cluster.js';
import type { OpenBaoSession } from '../../../systems/openbao/api/client.js';
import { jwtTrustPolicy, publicKeysIn } from '../../../systems/openbao/api/jwt-trust.js';
import type { TestOpenBaoServer } from '../servers/openbao-server.js';

/** The operator's own account, in a namespace that both sides have alike, and the role that it logs in with. */
export const operatorAccount = {
  namespace: 'openbao-operator-system',
  name: 'openbao-operator-controller',
  role: 'openbao-operator',
} as const;

const snapshotPaths = ['sys/storage/raft/snapshot', 'sys/storage/raft/snapshot-force'];
const snapshotRules = (capability: string): string =>
  snapshotPaths.map((path) => `path "${path}" { capabilities = ["${capability}"] }`).join('\n');

/** What each role is for: whose tokens, and what they may do. */
const rolesOf = ({ namespace, cluster }: Pick<OperatorAccess, 'namespace' | 'cluster'>) => {
  const account = (space: string, name: string): string => `system:serviceaccount:${space}:${name}`;
  return {
    [operatorAccount.role]: {
      subject: account(operatorAccount.namespace, operatorAccount.name),
      policy: 'path "sys/health" { capabilities = ["read"] }',
    },
    'openbao-operator-backup': {
      subject: account(namespace, serviceAccountOf(cluster, 'backup')),
      policy: snapshotRules('read'),
    },
    'openbao-operator-restore': {
      subject: account(namespace, serviceAccountOf(cluster, 'restore')),
      policy: snapshotRules('update'),
    },
  };
};

/** Trusts the tokens of this cluster, and lets its operator's accounts do what they are for. */
export const trustOperator = async (
  root: OpenBaoSession,
  cluster: Pick<Cluster, 'raw'>,
  operator: Pick<OperatorAccess, 'namespace' | 'cluster'>,
): Promise<void> => {
  const mount = baseline.operatorMount;
  await root.write(`sys/auth/${mount}`, { type: 'jwt' });
  await root.write(`auth/${mount}/config`, {
    bound_issuer: textAt(await cluster.raw('/.well-known/openid-configuration'), 'issuer'),
    jwt_validation_pubkeys: publicKeysIn(await cluster.raw('/openid/v1/jwks')),
  });
  for (const [role, { subject, policy }] of Object.entries(rolesOf(operator))) {
    await root.write(`sys/policies/acl/${role}`, { policy });
    await root.write(`auth/${mount}/role/${role}`, {
      role_type: 'jwt',
      user_claim: 'sub',
      bound_audiences: [baseline.operatorAudience],
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
