import { ApplicationFailure, CancellationScope, condition, patched, workflowInfo } from '@temporalio/workflow';

/** Type of the failure that ends a run that came out of a reset. */
const runWasReset = 'RunWasReset';

/**
 * Whether this run came out of a reset and has reached the start of its own history: the copied part is replayed as it was
 * recorded. The marker of `patched` shows that place to every later replay.
 */
const hasBegunAnew = (): boolean => {
  const { runId, originalExecutionRunId } = workflowInfo();
  return runId !== originalExecutionRunId && patched('refuse-reset');
};

const refusal = (): ApplicationFailure =>
  ApplicationFailure.nonRetryable(
    'This run came out of a reset, and is refused before its first step: the changes to the pair in its history may have been ' +
      'undone since, and another run may have the lane. Nothing was touched; start a new one',
    runWasReset,
  );

/** @throws ApplicationFailure `RunWasReset` in place of a step that a reset run would take. */
export const assertNotReset = (): void => {
  if (hasBegunAnew()) throw refusal();
};

/** Rejects as soon as a run turns out to come out of a reset, whatever it waits for; for any other run it never settles. */
export const whenReset = async (): Promise<never> => {
  // The wait is not cancelled with the run, which has to undo its changes first.
  await CancellationScope.nonCancellable(() => condition(hasBegunAnew));
  throw refusal();
};
