/** One thing a drill needs besides its tools, and what was found of it. */
import { isKnownFailure } from '../../domain/known-failure.js';

export interface Finding {
  readonly what: string;
  /** What is there; when it was not checked, why. */
  readonly found: string;
  /** `null`: it was not checked, which says nothing either way. */
  readonly ok: boolean | null;
  /** What is wrong and what to do. */
  readonly problem?: string;
}

export const good = (what: string, found: string): Finding => ({ what, found, ok: true });

export const bad = (what: string, found: string, problem: string): Finding => ({ what, found, ok: false, problem });

export const notChecked = (what: string, why: string): Finding => ({ what, found: `not checked: ${why}`, ok: null });

/** What a look answers, or what kept it from being had. */
export const findOut = async (what: string, look: () => Promise<Finding>): Promise<Finding> => {
  try {
    return await look();
  } catch (error) {
    if (!isKnownFailure(error)) throw error;
    return bad(what, 'not usable', error.message);
  }
};
