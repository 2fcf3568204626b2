/**
 * The trust of an OpenBao in the operator's tokens. It is data like any other: a restored target trusts the source's cluster,
 * and no longer its own.
 */
import type { OperatorAccess } from '../../domain/pair/topology.js';

export type TrustedCluster = Pick<OperatorAccess, 'namespace' | 'cluster'>;

export interface ServiceAccount {
  readonly namespace: string;
  readonly name: string;
}

/** `system:serviceaccount:<namespace>:<name>`, as tokens of Kubernetes have it; undefined for any other subject. */
export const serviceAccountIn = (subject: string): ServiceAccount | undefined => {
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(subject) ?? [];
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
};

/**
 * The target's account that does there what the subject does at the source. The operator's own account is in a namespace of
 * its own, which the sides have alike: it stays. Anything that is no service account stays, too.
 */
export const rebindSubject = (subject: string, source: TrustedCluster, target: TrustedCluster): string => {
  const account = serviceAccountIn(subject);
  if (account?.namespace !== source.namespace) return subject;
  const own = account.name.startsWith(`${source.cluster}-`);
  const name = own ? `${target.cluster}${account.name.slice(source.cluster.length)}` : account.name;
  return `system:serviceaccount:${target.namespace}:${name}`;
};

/** Claims with their subject rebound; the very same object if there is nothing to change. */
export const rebindClaims = (
  claims: Readonly<Record<string, unknown>>,
  source: TrustedCluster,
  target: TrustedCluster,
): Readonly<Record<string, unknown>> => {
  const rebound = (subject: unknown): unknown =>
    typeof subject === 'string' ? rebindSubject(subject, source, target) : subject;
  const { sub } = claims;
  if (sub === undefined) return claims;
  const after = Array.isArray(sub) ? sub.map(rebound) : rebound(sub);
  return JSON.stringify(after) === JSON.stringify(sub) ? claims : { ...claims, sub: after };
};
