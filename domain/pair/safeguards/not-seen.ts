/** Warns of checks that could not be made: people have to know before they rely on the pair. */
import type { Check, CheckName } from '../../run/checks.js';
import type { Warning } from '../../run/warnings.js';

const warned: Readonly<Partial<Record<CheckName, Warning>>> = {
  'audit-devices-equal': {
    name: 'audit-devices-not-compared',
    sentence:
      'A target whose audit devices differ never becomes active after a restore: compare the audit stanzas of both sites.',
  },
  'namespaces-unsealed': {
    name: 'namespaces-not-seen',
    sentence:
      'Namespaces with a seal of their own stay sealed after a restore: look at them on the target, or let the verifying identity see them.',
  },
  'mounts-alive': {
    name: 'mounts-not-seen',
    sentence:
      'A mount whose plugin is missing is dead after a restore: look at the mounts on the target, or let the verifying identity see them.',
  },
};

/** A warning for each safeguard that was skipped. */
export const warnOfSkipped = (checks: readonly Check[]): readonly Warning[] =>
  checks.flatMap(({ name, outcome, reason }) => {
    const as = outcome === 'skipped' ? warned[name] : undefined;
    return as === undefined
      ? []
      : [{ name: as.name, sentence: `${as.sentence} Not checked: ${reason ?? 'no reason was given'}` }];
  });
