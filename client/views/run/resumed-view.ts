/** Renders the runs that a worker goes on with, one line each. */
import { describeSeconds } from '../../../domain/units.js';
import type { FoundRun } from '../../drills/find-runs.js';
import type { Resumed } from '../../drills/resumed.js';
import { printable } from '../text.js';

/** @param now milliseconds since the epoch. */
export const renderResumed = ({ runs, more }: Resumed, now: number): readonly string[] => [
  ...runs.map((run) => renderOne(run, now)),
  ...(more ? ['And others: `openbao-dr list` shows all.'] : []),
];

const renderOne = ({ drillId, lane = 'not known yet', phase, startedAt }: FoundRun, now: number): string => {
  const where = phase === undefined ? 'before its first phase' : `in phase ${phase}`;
  const age = describeSeconds((now - Date.parse(startedAt)) / 1000);
  return printable(`Resuming drill ${drillId}, lane ${lane}, ${where}, begun at ${startedAt} (${age} ago).`);
};
