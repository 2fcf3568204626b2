/** Gives a side of the pair its mounts and the least identities that a drill uses there. */
import type { Materials } from '../../../../activities/ports/materials.js';
import { isKnownFailure } from '../../../../domain/known-failure.js';
import { markerApiPath } from '../../../../domain/pair/marker.js';
import { baseline, type PairSide } from '../../../../domain/pair/topology.js';
import type { OpenBaoSession } from '../../../../systems/openbao/api/client.js';
import { jwtTrustPolicy } from '../../../../systems/openbao/api/jwt-trust.js';
import { snapshotPath } from '../../../../systems/openbao/transfer/snapshot-path.js';
import { settleAll } from '../../../../systems/waiting/settle-all.js';
import { waitUntil } from '../../../../systems/waiting/wait-until.js';
import { type LaneMaterial, materialRef } from '../lane-materials.js';
import { ownToken, type Rules, writePolicy } from './policies.js';

interface Identity {
  readonly username: string;
  readonly password: LaneMaterial;
  readonly rules: Rules;
  /** As {@link writePolicy} takes more than rules. */
  readonly policy?: string;
}

export const seederUser = 'drill-seed';
export const backupUser = 'drill-backup';
export const verifierUser = 'drill-verify';
export const restoreUser = 'drill-restore';
export const trustUser = 'drill-trust';

const seederRules: Rules = {
  [`auth/userpass/users/${baseline.adminUser}`]: ['create', 'update'],
  [markerApiPath]: ['create', 'update'],
};

/** To see before a restore what it would come to grief over. OpenBao wants sudo even to read which audit devices there are. */
const safeguardRules: Rules = {
  'sys/audit': ['read', 'sudo'],
  'sys/quotas/rate-limit': ['list'],
  'sys/quotas/rate-limit/+': ['read'],
  'sys/storage/raft/configuration': ['read'],
};

/** To see after it whether something is dead or sealed, in the root namespace and in two levels below it. */
const mountRules: Rules = {
  ...Object.fromEntries(
    ['', '+/', '+/+/'].flatMap((namespace) => [
      [`${namespace}sys/mounts`, ['read']],
      [`${namespace}sys/auth`, ['read']],
      [`${namespace}sys/namespaces/+/seal-status`, ['read']],
    ]),
  ),
  'sys/namespaces': ['list', 'scan'],
};

const identitiesOf: Readonly<Record<PairSide, readonly Identity[]>> = {
  source: [
    { username: seederUser, password: 'sourceSeeder', rules: seederRules },
    { username: backupUser, password: 'backup', rules: { [snapshotPath]: ['read'] } },
    {
      username: verifierUser,
      password: 'verifier',
      rules: { [snapshotPath]: ['read'], ...safeguardRules, ...mountRules },
    },
  ],
  target: [
    { username: seederUser, password: 'targetSeeder', rules: seederRules },
    { username: restoreUser, password: 'restore', rules: { [snapshotPath]: ['update'], ...safeguardRules } },
  ],
};

/** Lives in the source's data, and so after a restore in the target's, whose operator it is for. */
const ofOperator: Readonly<Record<PairSide, readonly Identity[]>> = {
  source: [{ username: trustUser, password: 'trust', rules: {}, policy: jwtTrustPolicy(baseline.operatorMount) }],
  target: [],
};

export interface SiteSetUp {
  readonly lane: string;
  readonly materials: Materials;
  /** An operator runs the server, and has mounted userpass for whoever sets it up. Default: false. */
  readonly operator?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Userpass, a KV store, and the identities a drill uses on this side.
 *
 * @param root a session that may do everything.
 */
export const setUpSite = async (
  { lane, materials, operator = false, signal }: SiteSetUp,
  root: OpenBaoSession,
  side: PairSide,
): Promise<void> => {
  const markerStore = async (): Promise<void> => {
    await root.write(`sys/mounts/${baseline.markerMount}`, { type: 'kv', options: { version: '2' } });
    await kvReady(root, signal);
  };
  const addIdentity = async ({ username, password, rules, policy }: Identity): Promise<void> => {
    await writePolicy(root, username, { ...ownToken, ...rules }, policy);
    await root.write(`auth/userpass/users/${username}`, {
      password: await materials.read(materialRef(lane, password)),
      token_policies: [username],
      token_no_default_policy: true,
      token_ttl: '15m',
    });
  };
  if (!operator) await root.write('sys/auth/userpass', { type: 'userpass' });
  await settleAll([
    markerStore(),
    writePolicy(root, baseline.adminUser, {
      ...ownToken,
      [`${baseline.markerMount}/data/*`]: ['create', 'read', 'update'],
    }),
    ...[...identitiesOf[side], ...(operator ? ofOperator[side] : [])].map(addIdentity),
  ]);
};

/** A new KV version 2 mount upgrades itself in the background and refuses requests meanwhile. */
const kvReady = (root: OpenBaoSession, signal: AbortSignal | undefined): Promise<true> =>
  waitUntil(
    async () => {
      try {
        await root.read(`${baseline.markerMount}/config`);
        return true;
      } catch (error) {
        if (isKnownFailure(error, 'OpenBaoRequestFailed')) return undefined;
        throw error;
      }
    },
    {
      what: 'the KV store to be ready',
      timeoutMs: 15_000,
      intervalMs: 50,
      ...(signal === undefined ? {} : { signal }),
    },
  );
