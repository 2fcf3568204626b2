import { type Check, type CheckName, check } from '../domain/checks.js';
import { isKnownFailure } from '../domain/known-failure.js';

/** What was seen, and whether that is what was expected. */
export interface Observation {
  readonly passed: boolean;
  readonly observed: string;
}

/**
 * Makes one observation into a check. A failure the program knows is an observation too: the check fails with its
 * sentence, and the other checks still run.
 */
export const observeCheck = async (
  name: CheckName,
  expected: string,
  observe: () => Promise<Observation>,
): Promise<Check> => {
  try {
    const { passed, observed } = await observe();
    return check(name, passed, expected, observed);
  } catch (error) {
    if (isKnownFailure(error)) return check(name, false, expected, error.message);
    throw error;
  }
};
