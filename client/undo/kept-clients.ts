/** Keeps clients on the target if a passed failover left them there on purpose: the source lacks their writes. */
import { KnownFailure } from '../../domain/known-failure.js';
import type { LaneWorld } from '../../infra/lanes/lane-world.js';
import type { StateFolder } from '../../infra/state/state-folder.js';
import { readReport } from '../reports/reports.js';

/** @throws KnownFailure `ClientsKept`: the run that moved the clients to the target passed and kept them there. */
export const assertNotKept = async (
  stateFolder: StateFolder,
  lane: string,
  { clientsAt, movedBy }: Pick<LaneWorld, 'clientsAt' | 'movedBy'>,
): Promise<void> => {
  // A last move to the source did not put them on the target: a later drill died before it recorded its own.
  if (clientsAt !== 'target' || movedBy?.to !== 'target') return;
  const kept = await readReport(stateFolder, movedBy.drillId);
  if (kept?.report.result !== 'passed') return;
  throw new KnownFailure(
    'ClientsKept',
    `Drill ${movedBy.drillId} passed and kept lane ${lane}'s clients on the target, as its plan has it: the source lacks what they ` +
      `wrote there since ${movedBy.at}. Send them back anyway with --force.`,
  );
};
