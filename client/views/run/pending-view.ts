/** Renders what a run waits for, and the progress of its streams: one line a step. */
import { type PendingStep, waits } from '../../drills/pending-steps.js';
import { printable } from '../text.js';
import { describeBytes, describeSeconds } from '../../../domain/units.js';

/** @param now milliseconds since the epoch. */
export const renderPending = (steps: readonly PendingStep[], now: number): readonly string[] =>
  steps.flatMap((step) => {
    if (waits(step)) return [renderWait(step, now)];
    const { step: name, attempt, bytes } = step;
    if (bytes === undefined) return [];
    return [`${name} has read ${describeBytes(bytes)}${attempt === 1 ? '' : `, attempt ${attempt}`}`];
  });

const renderWait = ({ step, attempt, since, nextAttemptAt, lastFailure }: PendingStep, now: number): string => {
  const facts = [
    ...(since === undefined ? [] : [`since ${since} (${describeSeconds((now - Date.parse(since)) / 1000)})`]),
    `attempt ${attempt}`,
    ...(nextAttemptAt === undefined
      ? []
      : [`next in ${describeSeconds(Math.max(0, Date.parse(nextAttemptAt) - now) / 1000)}`]),
  ];
  const { type = '', message = '' } = lastFailure ?? {};
  return `${step} waits ${facts.join(', ')}: ${printable(`${type}: ${message}`)}`;
};
