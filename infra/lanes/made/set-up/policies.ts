/** Policies of the identities that are made in a lane's servers. */
import type { OpenBaoSession } from '../../../../systems/openbao/api/client.js';

/** Rules of a policy: path → capabilities. */
export type Rules = Readonly<Record<string, readonly string[]>>;

/** @param more further rules, in OpenBao's own words, where they are finer than {@link Rules} can say. */
export const writePolicy = (root: OpenBaoSession, name: string, rules: Rules, more = ''): Promise<unknown> =>
  root.write(`sys/policies/acl/${name}`, {
    policy: [
      ...Object.entries(rules).map(
        ([path, capabilities]) => `path "${path}" { capabilities = ${JSON.stringify(capabilities)} }`,
      ),
      more,
    ].join('\n'),
  });

/** What every login may do with its own token. The default policy, which allows much more, is not attached. */
export const ownToken: Rules = {
  'auth/token/revoke-self': ['update'],
  'auth/token/lookup-self': ['read'],
  'sys/capabilities-self': ['update'],
};

/** What a token of infra may do besides: look at itself, and live on. */
export const looksAfterItself: Rules = {
  'auth/token/lookup-self': ['read'],
  'auth/token/renew-self': ['update'],
};
