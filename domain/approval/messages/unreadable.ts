import { describeBytes } from '../../units.js';

/**
 * Stands for a message that this program cannot read: text in an unknown encoding, broken JSON, or too much of it. It is judged
 * like any other value, and refused with {@link Unreadable.why}. JSON cannot create one.
 */
export class Unreadable {
  /** The problem, as the end of a sentence whose subject is the message: `is larger than 64 KiB`. */
  readonly why: string;

  constructor(why: string) {
    this.why = why;
  }
}

/** The most bytes that one message, or a plan, may have: both are small enough to type. */
export const largestInputBytes = 64 * 1024;

export const tooLarge = (): Unreadable => new Unreadable(`is larger than ${describeBytes(largestInputBytes)}`);
