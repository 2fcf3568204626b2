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

/** The target may be away for as long as the plan says, and at least for what a restore takes. */
const leastObservedSeconds = 600;

/** `applied` or `unchanged`; everything else is a failure. */
export type SettledOutcome = Extract<RestoreOutcome, 'applied' | 'unchanged'>;

/**
 * Observes the target until it is clear what became of a submission. A target that went away or sealed itself over it cannot
 * say: it is started again, once Transit answers, and observed again. Only one that serves the source's data was restored.
 *
 * @throws ApplicationFailure `RestoredNotActive`: it has the source's data and serves nobody.
 * @throws ApplicationFailure `SealedNothingApplied`: it sealed itself, and started again it has its own data.
 * @throws ApplicationFailure `TargetStaysSealed`, or `RestoreOutcomeUnknown`: nothing showed in time.
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
    // Killed over the restore, perhaps: nobody else starts it again, and what is observed next is true in any case.
    await steps.restartSite({ lane, drillId, site: 'target' });
    outcome = await observe();
  }
  if (outcome === 'sealed') {
    // Read before the restart, which may begin another log.
    const said = await quote();
    await unsealTarget(steps, drillId, topology, patience);
    outcome = await observe();
    if (outcome === 'unchanged') throw sealedNothingApplied(said);
  }
  if (outcome === 'not-active') throw notActive(await quote());
  if (outcome === 'applied' || outcome === 'unchanged') return outcome;
  throw outcomeUnknown(outcome, observeForSeconds, await quote());
};

/** What the target's log says last of what is wrong, as the end of a sentence; empty where no log is kept. */
export const quoteTarget = async (
  steps: Steps,
  { lane, drillId }: { readonly lane: string; readonly drillId: string },
): Promise<string> => {
  const { line } = await steps.readLastError({ lane, drillId, site: 'target' }).catch(() => ({ line: undefined }));
  return line === undefined ? '' : `; its log says last: ${line}`;
};

const notActive = (said: string): ApplicationFailure =>
  ApplicationFailure.nonRetryable(
    "The snapshot was applied, and the target does not become active: it has the source's data and serves nobody. " +
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
