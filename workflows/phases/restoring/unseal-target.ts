import { ApplicationFailure } from '@temporalio/workflow';
import type { Patience } from '../../../domain/plan/plan.js';
import type { Topology } from '../../../domain/pair/topology.js';
import type { Steps } from '../../run/steps.js';

/** The patience of a plan that names none. */
const defaultSeconds = 1800;

/**
 * Waits until the target unseals itself with the shared Transit key. OpenBao does that within the restore; a node that could
 * not reach Transit at that moment stays sealed until its process restarts, so this restarts it once Transit answers. Returns
 * `standby` for a node that is unsealed and not active.
 *
 * @throws ApplicationFailure `TargetStaysSealed`.
 */
export const unsealTarget = async (
  steps: Steps,
  drillId: string,
  { target, lane }: Topology,
  patience?: Patience,
): Promise<'unsealed' | 'standby'> => {
  // The only way on is to finish the restore, so all three wait for as long as the plan allows.
  const timeoutSeconds = patience?.afterRestoreSeconds ?? defaultSeconds;
  const observe = () => steps.observeSeal({ target, timeoutSeconds });
  const first = await observe();
  if (first !== 'sealed') return first;
  await steps.waitForTransit({ seal: target.seal, timeoutSeconds });
  await steps.restartSite({ lane, drillId, site: 'target' });
  const again = await observe();
  if (again !== 'sealed') return again;
  throw ApplicationFailure.nonRetryable(
    `The target stays sealed although Transit answers: the restored store needs another key than ${target.seal.keyName}`,
    'TargetStaysSealed',
  );
};

/**
 * Like {@link unsealTarget}, and the target is active.
 *
 * @throws ApplicationFailure `TargetNotActive`, or `TargetStaysSealed`.
 */
export const seeUnsealed = async (
  steps: Steps,
  drillId: string,
  topology: Topology,
  patience?: Patience,
): Promise<void> => {
  if ((await unsealTarget(steps, drillId, topology, patience)) === 'unsealed') return;
  throw ApplicationFailure.nonRetryable(
    'The target is unsealed and a standby, so no client is served at its address: address the active node, or look at its log for the reason',
    'TargetNotActive',
  );
};
