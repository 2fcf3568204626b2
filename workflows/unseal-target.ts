import { ApplicationFailure } from '@temporalio/workflow';
import type { Topology } from '../domain/topology.js';
import type { Steps } from './steps.js';

const observeForSeconds = 120;
const waitForTransitSeconds = 1800;

/**
 * Sees the target unseal itself with the shared Transit key. OpenBao does that within the restore; a node that could not
 * reach Transit at that moment stays sealed until its process starts again, so that is what is done, once Transit answers.
 */
export const unsealTarget = async (steps: Steps, drillId: string, { target, lane }: Topology): Promise<void> => {
  const observe = () => steps.observeSeal({ target, timeoutSeconds: observeForSeconds });
  if ((await observe()) === 'unsealed') return;
  await steps.waitForTransit({ seal: target.seal, timeoutSeconds: waitForTransitSeconds });
  await steps.restartSite({ lane, drillId, site: 'target' });
  if ((await observe()) === 'unsealed') return;
  throw ApplicationFailure.nonRetryable(
    `The target stays sealed although Transit answers: the restored store needs another key than ${target.seal.keyName}`,
    'TargetStaysSealed',
  );
};
