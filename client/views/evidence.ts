/** What a person decides on: every check so far, the snapshot bound by its digest, and the digest of it all. */
import type { DrillStatus } from '../../domain/report.js';
import { renderChecks } from './checks-view.js';
import { renderWarnings } from './warnings-view.js';
import { byteSize, columns, type Paint, plain, printable } from './text.js';

export const renderEvidence = (status: DrillStatus, paint: Paint = plain): string => {
  const { drillId, lane, checks, snapshot, evidence, waitingFor } = status;
  const facts: (readonly string[])[] = [
    ...(snapshot === undefined
      ? []
      : [
          ['Snapshot', printable(snapshot.key)],
          ['Size', byteSize(snapshot.sizeBytes)],
          ['SHA-256', snapshot.sha256],
        ]),
    ...(evidence === undefined ? [] : [['Evidence', `${evidence.sha256} (SHA-256)`]]),
    ...(waitingFor === undefined ? [] : [['Until', `${waitingFor.expiresAt}, then the drill expires`]]),
    ...(waitingFor === undefined || waitingFor.approvers.length === 0
      ? []
      : [['May decide', printable(waitingFor.approvers.join(', '))]]),
  ];
  return [
    paint.bold(`Evidence of drill ${drillId} on lane ${lane ?? '…'}`),
    ...renderWarnings(status.warnings, paint),
    renderChecks(checks, paint),
    columns(facts),
  ].join('\n');
};
