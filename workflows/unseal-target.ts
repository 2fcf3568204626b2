import { ApplicationFailure } from '@temporalio/workflow';
import type { Topology } from '../domain/topology.js';
import type { Steps } from './steps.js';

const observeForSeconds = 120;
const waitForTransitSeconds = 1800;

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
): Promise<'unsealed' | 'standby'> => {
  const observe = () => steps.observeSeal({ target, timeoutSeconds: observeForSeconds });
  const first = await observe();
  if (first !== 'sealed') return first;
  await steps.waitForTransit({ seal: target.seal, timeoutSeconds: waitForTransitSeconds });
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
export const seeUnsealed = async (steps: Steps, drillId: string, topology: Topology): Promise<void> => {
  if ((await unsealTarget(steps, drillId, topology)) === 'unsealed') return;
  throw ApplicationFailure.nonRetryable(
    'The target is unsealed and a standby, so nobody is served at its address: address the node that leads, or look at its log for why it does not',
    'TargetNotActive',
  );
};
