/** Renders checks: the claim and the observation, and the expectation of a failed check. */
import type { Check } from '../../domain/run/checks.js';
import { type Paint, plain, printable } from './text.js';

const marks = { passed: '✔', failed: '✘', skipped: '–' } as const;

export const renderChecks = (checks: readonly Check[], paint: Paint = plain): string => {
  const colours = { passed: paint.green, failed: paint.red, skipped: paint.dim };
  const width = Math.max(...checks.map(({ name }) => name.length), 0);
  return checks
    .map(({ name, outcome, expected, observed, reason }) => {
      const seen = printable(reason ?? observed);
      const text = outcome === 'failed' ? `expected ${printable(expected)}, observed ${seen}` : seen;
      return `  ${colours[outcome](marks[outcome])} ${name.padEnd(width)}  ${text}`.trimEnd();
    })
    .join('\n');
};
