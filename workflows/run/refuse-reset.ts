import { ApplicationFailure, CancellationScope, condition, patched, workflowInfo } from '@temporalio/workflow';

/** Type of the failure that a run ends with that came out of a reset. */
export const runWasReset = 'RunWasReset';

/**
 * Whether this run came out of a reset, and has come to where its own history begins: what was copied is replayed as it was
 * recorded. The marker that `patched` leaves is how each later replay knows the place again.
 */
const hasBegunAnew = (): boolean => {
  const { runId, originalExecutionRunId } = workflowInfo();
  return runId !== originalExecutionRunId && patched('refuse-reset');
};

const refusal = (): ApplicationFailure =>
  ApplicationFailure.nonRetryable(
    'This run came out of a reset, and is refused before its first step: what its history says was done to the pair may have been ' +
      'undone since, and another run may have the lane. Nothing was touched; start a new one',
    runWasReset,
  );

/** @throws ApplicationFailure `RunWasReset` in place of a step that a reset run would take. */
export const assertNotReset = (): void => {
  if (hasBegunAnew()) throw refusal();
};

/** Rejects as soon as a run turns out to come out of a reset, whatever it waits for; of any other it never settles. */
export const whenReset = async (): Promise<never> => {
  // Not cancelled with the run: its end is for the run itself, which has to undo what it did first.
  await CancellationScope.nonCancellable(() => condition(hasBegunAnew));
  throw refusal();
};
