import { cancellationSignal } from '@temporalio/activity';
import { type Check, check, type CheckName } from '../../domain/run/checks.js';
import { isKnownFailure } from '../../domain/known-failure.js';
import { type OperatorCluster, readOperatorCluster, whatIsWrong } from '../../systems/openbao-operator/cluster.js';
import {
  backupLockSettlesWithinMs,
  maySettle,
  releaseLockCommand,
  unstickBackupCommand,
} from '../../systems/openbao-operator/lock.js';
import { operatorKinds } from '../../systems/openbao-operator/objects.js';
import type { LanePlan } from '../ports/lane-facets.js';
import { leastPermissions } from '../../systems/openbao-operator/permissions.js';
import { expectationsIn } from '../../systems/openbao-operator/restore.js';
import {
  type ClusterPermissions,
  describePermission,
  distinctPermissions,
  type Permission,
} from '../../domain/pair/permissions.js';
import type { KubernetesAccess, OperatorAccess, PairSide, SiteName, Topology } from '../../domain/pair/topology.js';
import type { Cluster } from '../../systems/kubernetes/cluster.js';
import { waitUntil } from '../../systems/waiting/wait-until.js';
import { type Observation, patiently } from '../observing/observe-check.js';
import { readClusterObject } from '../operator/operator-site.js';
import type { ActivityPorts } from '../ports/activity-ports.js';
import { ridingOut } from '../patience/ride-out.js';

export interface CheckOperatorsInput {
  readonly topology: Topology;
  /** Default: all that a plan can ask for has to be allowed. */
  readonly plan?: LanePlan;
}

export interface CheckOperatorsOptions {
  /** Default: 2 seconds. */
  readonly intervalMs?: number;
}

/**
 * Checks the needs of backups and restores through the operator, before any change: this identity has a drill's permissions in
 * each cluster, kubectl fits its server, and both `OpenBaoCluster`s are healthy and unlocked. A lock that may still be released
 * is waited for. Reads only. Makes no check for sides without an operator.
 *
 * The permissions are the driver's and the lane's: a drill that could restore but not fence must not begin.
 */
export const createCheckOperators = (
  { clusters, lanes }: Pick<ActivityPorts, 'clusters' | 'lanes'>,
  { intervalMs = 2_000 }: CheckOperatorsOptions = {},
) =>
  async function checkOperators({ topology, plan }: CheckOperatorsInput): Promise<readonly Check[]> {
    const signal = cancellationSignal();
    const sides = (['source', 'target'] as const).flatMap((site) => {
      const { operator } = topology[site];
      return operator === undefined ? [] : [{ site, access: operator, operator }];
    });
    if (sides.length === 0) return [];
    const ofLane = (await lanes.look(topology.lane).insight?.neededAccess?.(plan)) ?? [];
    return Promise.all([
      checkPlaces(
        'kubernetes-access',
        'kubectl fits the API server, and this identity may do what a drill does',
        withOthers(sides, ofLane),
        async (place) => observeAccess(await clusters.at(place.access), place, signal),
      ),
      checkPlaces(
        'operator-ready',
        'phase Running, Available, OpenBaoInitialized, not OpenBaoSealed, no lock and no break-glass',
        sides,
        async ({ operator }) => observeReady(await clusters.at(operator), operator, intervalMs, signal),
      ),
    ]);
  };

interface Place {
  readonly site: SiteName;
  readonly access: KubernetesAccess;
}

interface Side extends Place {
  readonly site: PairSide;
  readonly operator: OperatorAccess;
}

/** A cluster with everything that a drill asks of it: a side's operator, if it has one, and the lane's own needs. */
interface AskedPlace extends Place {
  readonly operator?: OperatorAccess;
  readonly permissions: readonly Permission[];
}

const withOthers = (sides: readonly Side[], ofLane: readonly ClusterPermissions[]): readonly AskedPlace[] => [
  ...ofLane.filter(({ site }) => sides.every((side) => side.site !== site)),
  ...sides.map((side) => ({
    ...side,
    permissions: ofLane.filter(({ site }) => site === side.site).flatMap(({ permissions }) => permissions),
  })),
];

/** One check for all sites, which passes only if every site does. A known failure is an observation, too. */
const checkPlaces = async <P extends Place>(
  name: CheckName,
  expected: string,
  places: readonly P[],
  observe: (place: P) => Promise<Observation>,
): Promise<Check> => {
  const seen = await Promise.all(
    places.map(async (place) => {
      const found = await patiently(() => observe(place));
      return 'observed' in found
        ? { passed: found.passed, text: `${place.site}: ${found.observed}` }
        : { passed: false, text: `${place.site}: ${found.message}` };
    }),
  );
  return check(
    name,
    seen.every(({ passed }) => passed),
    expected,
    seen.map(({ text }) => text).join('; '),
  );
};

const observeAccess = async (cluster: Cluster, place: AskedPlace, signal: AbortSignal): Promise<Observation> => {
  const { client, server } = await cluster.versions({ signal });
  await cluster.assertSkew({ signal });
  const ofDriver = await permissionsOfDriver(cluster, place, signal);
  const missing: string[] = [];
  // The calls run one after another, because each is a process on the machine that runs the drill.
  for (const permission of distinctPermissions([...ofDriver, ...place.permissions])) {
    if (!(await isAllowed(cluster, permission, signal))) missing.push(describePermission(permission));
  }
  return missing.length === 0
    ? { passed: true, observed: `kubectl ${client}, server ${server}, all permissions` }
    : { passed: false, observed: `kubectl ${client}, server ${server}; not allowed: ${missing.join(', ')}` };
};

const permissionsOfDriver = async (
  cluster: Cluster,
  { site, operator }: AskedPlace,
  signal: AbortSignal,
): Promise<readonly Permission[]> => {
  if (operator === undefined || site === 'infra') return [];
  if (site === 'source') return leastPermissions(site, operator, false);
  const ref = { kind: operatorKinds.definitions, name: operatorKinds.restores };
  // Missing read access is reported by the permission check.
  const definition = await unlessForbidden(cluster.get(ref, { signal }));
  return leastPermissions(site, operator, expectationsIn(definition).length > 0);
};

/** An API server answers whether its resources may be read; paths have to be tried. */
const isAllowed = async (cluster: Cluster, permission: Permission, signal: AbortSignal): Promise<boolean> =>
  permission.resource.startsWith('/')
    ? (await unlessForbidden(cluster.raw(permission.resource, { signal }))) !== undefined
    : cluster.canI({ ...permission, signal });

const unlessForbidden = async <T>(call: Promise<T>): Promise<T | undefined> => {
  try {
    return await call;
  } catch (error) {
    if (isKnownFailure(error, 'KubernetesForbidden')) return undefined;
    throw error;
  }
};

/** The phase follows a released lock within moments; otherwise it is stuck. */
const phaseSettlesWithinMs = 15_000;

const observeReady = async (
  cluster: Cluster,
  operator: OperatorAccess,
  intervalMs: number,
  signal: AbortSignal,
): Promise<Observation> => {
  let state: OperatorCluster | undefined;
  let unlockedSince: number | undefined;
  try {
    await waitUntil(
      ridingOut(async () => {
        state = readOperatorCluster(await readClusterObject(cluster, operator, signal));
        unlockedSince = state.lock === undefined ? (unlockedSince ?? Date.now()) : undefined;
        const waits =
          state.lock === undefined
            ? state.phase === 'BackingUp' && Date.now() - (unlockedSince ?? 0) < phaseSettlesWithinMs
            : maySettle(state.lock, Date.now());
        return waits ? undefined : true;
      }),
      { what: 'the operation lock', timeoutMs: backupLockSettlesWithinMs + phaseSettlesWithinMs, intervalMs, signal },
    );
  } catch (error) {
    if (state === undefined || !isKnownFailure(error, 'TimedOut')) throw error;
  }
  const wrong = state === undefined ? [] : whatIsWrong(state);
  if (state === undefined || wrong.length === 0) return { passed: state !== undefined, observed: 'ready' };
  const { lock, phase } = state;
  const wayOut =
    lock !== undefined
      ? `; once its holder is not at work: ${releaseLockCommand(operator, lock)}`
      : phase === 'BackingUp'
        ? `; the status of a backup sticks: ${unstickBackupCommand(operator)}`
        : '';
  return { passed: false, observed: `${wrong.join(', ')}${wayOut}` };
};
