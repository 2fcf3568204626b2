import { isCancellation, rootCause } from '@temporalio/workflow';
import type { RunRecord } from '../../run/record.js';

/** Reports a failed measurement as left out and goes on: only a cancellation ends the run. */
export const measuring = async <T>(record: RunRecord, measure: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await measure();
  } catch (error) {
    if (isCancellation(error)) throw error;
    record.leaveOut('a measurement', rootCause(error) ?? String(error));
    return undefined;
  }
};
