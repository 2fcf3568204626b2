import { ApplicationFailure } from '@temporalio/workflow';
import type { Patience } from '../../../domain/plan/plan.js';
import type { Topology } from '../../../domain/pair/topology.js';
import type { Steps } from '../../run/steps.js';

/** Of a plan that names no patience. */
const defaultSeconds = 1800;

/**
 * Sees the target unseal itself with the shared Transit key. OpenBao does that within the restore; a node that could not
 * reach Transit at that moment stays sealed until its process starts again, so that is what is done, once Transit answers.
 * Answers `standby` for a node that is unsealed, and not active.
 *
 * @throws ApplicationFailure `TargetStaysSealed`.
 */
export const unsealTarget = async (
  steps: Steps,
  drillId: string,
  { target, lane }: Topology,
  patience?: Patience,
): Promise<'unsealed' | 'standby'> => {
  // There is no way back but through it: all three wait for as long as the plan says.
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
 * {@link unsealTarget}, and the target is active.
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
    'The target is unsealed and a standby, so nobody is served at its address: address the node that leads, or look at its log for why it does not',
    'TargetNotActive',
  );
};
