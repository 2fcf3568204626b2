import { cancellationSignal } from '@temporalio/activity';
import { type Check, check, type CheckName } from '../../domain/checks.js';
import { isKnownFailure } from '../../domain/known-failure.js';
import { type OperatorCluster, readOperatorCluster, whatIsWrong } from '../../domain/operator-cluster.js';
import {
  backupLockSettlesWithinMs,
  maySettle,
  releaseLockCommand,
  unstickBackupCommand,
} from '../../domain/operator-lock.js';
import { operatorKinds } from '../../domain/operator-objects.js';
import { describePermission, leastPermissions } from '../../domain/operator-permissions.js';
import { expectationsIn } from '../../domain/operator-restore.js';
import type { OperatorAccess, PairSide, Topology } from '../../domain/topology.js';
import type { Cluster } from '../../systems/kubernetes/cluster.js';
import { waitUntil } from '../../systems/wait-until.js';
import { type Observation, patiently } from '../observe-check.js';
import { readClusterObject } from '../operator-site.js';
import type { ActivityPorts } from '../ports.js';
import { ridingOut } from '../ride-out.js';

export interface CheckOperatorsInput {
  readonly topology: Topology;
}

export interface CheckOperatorsOptions {
  /** Default: 2 seconds. */
  readonly intervalMs?: number;
}

/**
 * Checks what backups and restores through the operator need, before anything is touched: that this identity may do what a
 * drill does in each cluster, with a kubectl that fits its server, and that both `OpenBaoCluster`s are healthy and unlocked. A
 * lock that may still go away by itself is waited for. Reads only. None for sides without an operator.
 */
export const createCheckOperators = (
  { clusters }: Pick<ActivityPorts, 'clusters'>,
  { intervalMs = 2_000 }: CheckOperatorsOptions = {},
) =>
  async function checkOperators({ topology }: CheckOperatorsInput): Promise<readonly Check[]> {
    const signal = cancellationSignal();
    const sides = (['source', 'target'] as const).flatMap((side) => {
      const { operator } = topology[side];
      return operator === undefined ? [] : [{ side, operator }];
    });
    if (sides.length === 0) return [];
    const each = (
      name: CheckName,
      expected: string,
      observe: (cluster: Cluster, side: Side) => Promise<Observation>,
    ): Promise<Check> =>
      checkSides(name, expected, sides, async (side) => observe(await clusters.at(side.operator), side));
    return Promise.all([
      each(
        'kubernetes-access',
        'kubectl fits the API server, and this identity may do what a drill does',
        (cluster, side) => observeAccess(cluster, side, signal),
      ),
      each(
        'operator-ready',
        'phase Running, Available, OpenBaoInitialized, not OpenBaoSealed, no lock and no break-glass',
        (cluster, { operator }) => observeReady(cluster, operator, intervalMs, signal),
      ),
    ]);
  };

interface Side {
  readonly side: PairSide;
  readonly operator: OperatorAccess;
}

/** One check for both: it passed only if it did at either. A failure the program knows is an observation, too. */
const checkSides = async (
  name: CheckName,
  expected: string,
  sides: readonly Side[],
  observe: (side: Side) => Promise<Observation>,
): Promise<Check> => {
  const seen = await Promise.all(
    sides.map(async (side) => {
      const found = await patiently(() => observe(side));
      return 'observed' in found
        ? { passed: found.passed, text: `${side.side}: ${found.observed}` }
        : { passed: false, text: `${side.side}: ${found.message}` };
    }),
  );
  return check(
    name,
    seen.every(({ passed }) => passed),
    expected,
    seen.map(({ text }) => text).join('; '),
  );
};

const observeAccess = async (cluster: Cluster, { side, operator }: Side, signal: AbortSignal): Promise<Observation> => {
  const { client, server } = await cluster.versions({ signal });
  await cluster.assertSkew({ signal });
  const definition =
    side === 'target'
      ? await cluster
          .get({ kind: operatorKinds.definitions, name: operatorKinds.restores }, { signal })
          .catch((error: unknown) => {
            // That it may not be read is one of the permissions asked for below.
            if (isKnownFailure(error, 'KubernetesForbidden')) return undefined;
            throw error;
          })
      : undefined;
  const missing: string[] = [];
  // One after another: each is a process, and this machine runs the drill besides.
  for (const permission of leastPermissions(side, operator, expectationsIn(definition).length > 0)) {
    if (!(await cluster.canI({ ...permission, signal }))) missing.push(describePermission(permission));
  }
  return missing.length === 0
    ? { passed: true, observed: `kubectl ${client}, server ${server}, all permissions` }
    : { passed: false, observed: `kubectl ${client}, server ${server}; not allowed: ${missing.join(', ')}` };
};

/** A phase follows a lock that is gone within moments; one that does not is stuck. */
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
