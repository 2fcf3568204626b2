import { ApplicationFailure } from '@temporalio/workflow';
import type { Patience } from '../../../domain/plan/plan.js';
import type { RestoreExpectation, RestoreOutcome } from '../../../domain/recovery/restore-outcome.js';
import type { Topology } from '../../../domain/pair/topology.js';
import { describeSeconds } from '../../../domain/units.js';
import type { Steps } from '../../run/steps.js';
import { unsealTarget } from './unseal-target.js';
import { withinPatience } from '../../run/within-patience.js';

export interface SettleRestoreInput extends RestoreExpectation {
  readonly topology: Topology;
  readonly drillId: string;
  readonly patience?: Patience | undefined;
}

/** The target may be away for as long as the plan allows, and at least for the duration of a restore. */
const leastObservedSeconds = 600;

/** `applied` or `unchanged`; every other outcome is a failure. */
export type SettledOutcome = Extract<RestoreOutcome, 'applied' | 'unchanged'>;

/**
 * Observes the target until the outcome of a submission is clear. A target that went away or sealed itself cannot show it: it
 * is restarted, once Transit answers, and observed again. Only a target that serves the source's data was restored.
 *
 * @throws ApplicationFailure `RestoredNotActive`: the target has the source's data and serves no client.
 * @throws ApplicationFailure `SealedNothingApplied`: the target sealed itself, and has its own data after a restart.
 * @throws ApplicationFailure `TargetStaysSealed`, or `RestoreOutcomeUnknown`: no outcome showed in time.
 */
export const settleRestore = async (
  steps: Steps,
  { topology, drillId, patience, ...expectation }: SettleRestoreInput,
): Promise<SettledOutcome> => {
  const { target, lane } = topology;
  const observeForSeconds = Math.max(leastObservedSeconds, patience?.afterRestoreSeconds ?? 0);
  const patient = withinPatience(patience?.afterRestoreSeconds ?? 0);
  const observe = () => steps.observeRestore({ target, ...expectation, timeoutSeconds: observeForSeconds });
  const quote = () => quoteTarget(steps, { lane, drillId });

  let outcome = await observe();
  for (let starts = 0; outcome === 'away' && (starts === 0 || patient()); starts += 1) {
    // The restore may have killed the server: no other step restarts it, and the next observation is true in any case.
    await steps.restartSite({ lane, drillId, site: 'target' });
    outcome = await observe();
  }
  if (outcome === 'sealed') {
    // The log is read before the restart, which may begin a new one.
    const said = await quote();
    await unsealTarget(steps, drillId, topology, patience);
    outcome = await observe();
    if (outcome === 'unchanged') throw sealedNothingApplied(said);
  }
  if (outcome === 'not-active') throw notActive(await quote());
  if (outcome === 'applied' || outcome === 'unchanged') return outcome;
  throw outcomeUnknown(outcome, observeForSeconds, await quote());
};

/** The last error in the target's log, as the end of a sentence; empty if no log is kept. */
const quoteTarget = async (
  steps: Steps,
  { lane, drillId }: { readonly lane: string; readonly drillId: string },
): Promise<string> => {
  const { line } = await steps.readLastError({ lane, drillId, site: 'target' }).catch(() => ({ line: undefined }));
  return line === undefined ? '' : `; its log says last: ${line}`;
};

const notActive = (said: string): ApplicationFailure =>
  ApplicationFailure.nonRetryable(
    "The snapshot was applied, and the target does not become active: it has the source's data and serves no client. " +
      'Audit devices of one path with other options do this, so give both sites the same audit stanzas; if another node of the target leads, ' +
      `address that one${said}`,
    'RestoredNotActive',
  );

const sealedNothingApplied = (said: string): ApplicationFailure =>
  ApplicationFailure.nonRetryable(
    'The target sealed itself over the restore and applied nothing: started again, it has its own data. ' +
      `A node that is not the leader does this, so address the active node, and let no balancer choose another${said}`,
    'SealedNothingApplied',
  );

const outcomeUnknown = (outcome: RestoreOutcome, observeForSeconds: number, said: string): ApplicationFailure =>
  ApplicationFailure.nonRetryable(
    outcome === 'away'
      ? `The target was started again after it had gone over the restore, and still does not answer: look at its process and its log before anything else${said}`
      : `The target did not show within ${describeSeconds(observeForSeconds)} what became of the restore: look at its log before anything else${said}`,
    'RestoreOutcomeUnknown',
  );
