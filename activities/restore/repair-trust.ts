import { cancellationSignal } from '@temporalio/activity';
import { type Check, skippedCheck } from '../../domain/run/checks.js';
import { isKnownFailure, KnownFailure } from '../../domain/known-failure.js';
import { serviceAccountOf } from '../../systems/openbao-operator/objects.js';
import { rebindClaims, rebindSubject, serviceAccountIn } from '../../systems/openbao-operator/trust.js';
import { baseline, type OperatorAccess, type SourceSite, type TargetSite } from '../../domain/pair/topology.js';
import type { Cluster } from '../../systems/kubernetes/cluster.js';
import type { OpenBao } from '../../systems/openbao/api/client.js';
import {
  bindJwtRole,
  issuerOf,
  type JwtRole,
  publicKeysIn,
  readJwtRoles,
  trustIssuer,
} from '../../systems/openbao/api/jwt-trust.js';
import { type Observation, observeCheck, patiently } from '../observing/observe-check.js';
import { operatorOf } from '../operator/operator-site.js';
import type { ActivityPorts } from '../ports/activity-ports.js';

export interface RepairTrustInput {
  readonly source: SourceSite;
  readonly target: TargetSite;
}

const mount = baseline.operatorMount;
/** The shortest life that Kubernetes gives a token. */
const tokenSeconds = 600;

const repairExpected = "the operator's roles log in at the target with tokens of the target's own cluster";
const refusalExpected = "a token of the source's cluster refused at the target";

/**
 * A restored target trusts the source's cluster, so its own operator can neither back it up nor restore it again. This makes
 * the restored login trust the target's cluster instead: issuer and keys of its API server, and each role's subject. Both are
 * then proved with tokens made for the purpose, one of either cluster. Safe to repeat.
 *
 * The target's API server has to let this identity make tokens for the operator's service accounts. The tokens live for ten
 * minutes, are used once, and are shown nowhere.
 */
export const createRepairTrust = ({ clusters, sites }: Pick<ActivityPorts, 'clusters' | 'sites'>) =>
  async function repairTrust({ source, target }: RepairTrustInput): Promise<readonly Check[]> {
    const signal = cancellationSignal();
    const from = operatorOf(source);
    const to = operatorOf(target);

    const repair = async (): Promise<Observation> => {
      if (source.trust === undefined) throw noTrustIdentity();
      const cluster = await clusters.at(to);
      const token = await tokenOf(cluster, to, 'restore', signal);
      const issuer = issuerOf(token);
      const publicKeys = publicKeysIn(await cluster.raw('/openid/v1/jwks', { signal }));
      const roles = await sites.withLogin(target, source.trust, async (session) => {
        await trustIssuer(session, mount, { issuer, publicKeys }, { signal });
        const rebound: JwtRole[] = [];
        for (const role of await readJwtRoles(session, mount, { signal })) {
          const subject = role.subject === undefined ? undefined : rebindSubject(role.subject, from, to);
          const claims = role.claims === undefined ? undefined : rebindClaims(role.claims, from, to);
          const after = { ...role, subject, claims };
          if (subject !== role.subject || claims !== role.claims) await bindJwtRole(session, mount, after, { signal });
          rebound.push(after);
        }
        return rebound;
      });
      const openbao = await sites.at(target);
      const proved = await logInAsRoles(cluster, to, openbao, roles, signal);
      const trusted = `issuer ${issuer} with ${publicKeys.length} ${publicKeys.length === 1 ? 'key' : 'keys'}`;
      return {
        passed: proved.includes(to.restoreRole),
        observed: `${trusted}; logged in as ${proved.length === 0 ? 'nobody' : proved.join(', ')} (of ${roles.length} roles)`,
      };
    };

    const repaired = await observeCheck('operator-trust-repaired', repairExpected, repair);
    if (repaired.outcome === 'failed') {
      const reason = 'The trust was not repaired: a refusal would prove nothing.';
      return [repaired, skippedCheck('source-operator-refused', refusalExpected, 'not tried', reason)];
    }
    return [repaired, await checkSourceRefused()];

    async function checkSourceRefused(): Promise<Check> {
      const token = await patiently(async () => ({
        jwt: await tokenOf(await clusters.at(from), from, 'backup', signal),
      }));
      if (!('jwt' in token)) {
        return skippedCheck('source-operator-refused', refusalExpected, 'no token to try it with', token.message);
      }
      const { jwt } = token;
      return observeCheck('source-operator-refused', refusalExpected, async () => {
        const refusal = await refusalOf(await sites.at(target), to.restoreRole, jwt, signal);
        return {
          passed: refusal !== undefined,
          observed: refusal ?? "accepted: the source's cluster can log in at the target",
        };
      });
    }
  };

const tokenOf = (
  cluster: Cluster,
  { namespace, cluster: name }: OperatorAccess,
  use: 'backup' | 'restore',
  signal: AbortSignal,
): Promise<string> =>
  cluster.createToken({
    serviceAccount: serviceAccountOf(name, use),
    namespace,
    audience: baseline.operatorAudience,
    seconds: tokenSeconds,
    signal,
  });

/**
 * The roles that log in with a token of their own service account, if the account exists and this identity may make tokens for
 * it.
 */
const logInAsRoles = async (
  cluster: Cluster,
  { namespace, restoreRole }: OperatorAccess,
  openbao: OpenBao,
  roles: readonly JwtRole[],
  signal: AbortSignal,
): Promise<readonly string[]> => {
  const proved: string[] = [];
  for (const { name, subject, claims } of roles) {
    const sub = subject ?? claims?.['sub'];
    const account = typeof sub === 'string' ? serviceAccountIn(sub) : undefined;
    if (account?.namespace !== namespace) continue;
    let jwt: string;
    try {
      const { name: serviceAccount } = account;
      const seconds = tokenSeconds;
      const audience = baseline.operatorAudience;
      jwt = await cluster.createToken({ serviceAccount, namespace, audience, seconds, signal });
    } catch (error) {
      // The operator makes an account when it first needs it. The restore account has to exist, because it has just restored.
      if (name === restoreRole || !isKnownFailure(error)) throw error;
      continue;
    }
    const session = await openbao.loginWithJwt({ mountPath: mount, role: name, jwt, signal });
    await session.revokeSelf({ signal }).catch(() => undefined);
    proved.push(name);
  }
  return proved;
};

/** OpenBao's own words; undefined if it accepted the token. */
const refusalOf = async (
  openbao: OpenBao,
  role: string,
  jwt: string,
  signal: AbortSignal,
): Promise<string | undefined> => {
  try {
    const session = await openbao.loginWithJwt({ mountPath: mount, role, jwt, signal });
    await session.revokeSelf({ signal }).catch(() => undefined);
    return undefined;
  } catch (error) {
    if (isKnownFailure(error, 'TokenRefused')) return error.message;
    throw error;
  }
};

const noTrustIdentity = (): KnownFailure =>
  new KnownFailure(
    'TrustIdentityMissing',
    "The source has no identity that may repair the operator's logins: give it one, and name it in the lane.",
  );
