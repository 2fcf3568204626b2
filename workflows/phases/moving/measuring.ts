import { isCancellation, rootCause } from '@temporalio/workflow';
import type { RunRecord } from '../../run/record.js';

/** What could not be measured is said in the report, and stops nothing: only a cancellation does. */
export const measuring = async <T>(record: RunRecord, measure: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await measure();
  } catch (error) {
    if (isCancellation(error)) throw error;
    record.leaveOut('a measurement', rootCause(error) ?? String(error));
    return undefined;
  }
};
