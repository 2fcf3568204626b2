import { asSentence, describeFacts, type Facts } from './facts.js';

export type { Facts } from './facts.js';

export interface KnownFailureOptions {
  /** Whether the same call may succeed later without any change. Default: false. */
  readonly retryable?: boolean;
  readonly facts?: Facts;
  readonly cause?: unknown;
}

/**
 * A failure the program understands: a stable `type`, one sentence that says what is wrong and what to do, facts, and
 * whether a retry helps. Everything below the activities and the command line throws this; activities turn
 * it into an `ApplicationFailure`, the command line into exit code 2.
 */
export class KnownFailure extends Error {
  override readonly name = 'KnownFailure';
  readonly retryable: boolean;
  readonly facts: Facts;

  constructor(
    readonly type: string,
    /** The sentence without its facts, which `message` has. */
    readonly sentence: string,
    { retryable = false, facts = {}, cause }: KnownFailureOptions = {},
  ) {
    super(withFacts(sentence, facts), { cause });
    this.retryable = retryable;
    this.facts = facts;
  }
}

export const isKnownFailure = (error: unknown, type?: string): error is KnownFailure =>
  error instanceof KnownFailure && (type === undefined || error.type === type);

/** The sentence, followed by a sentence with the known facts. */
const withFacts = (sentence: string, facts: Facts): string => {
  const said = describeFacts(facts);
  return said === '' ? sentence : `${asSentence(sentence)} ${said}`;
};
