/**
 * Finds the lane's current drill for every command: the newest of the runs that Temporal knows, of the reports on this machine,
 * and of the drills that have reserved the lane here.
 */
import type { LaneHolder } from '../../activities/ports/reservations.js';
import { isKnownFailure } from '../../domain/known-failure.js';
import { readReservation } from '../../infra/state/lane-reservations.js';
import type { StateFolder } from '../../infra/state/state-folder.js';
import { type KeptReport, readLastReport } from '../reports/reports.js';
import type { Drills, FoundDrill } from './drills.js';

export type LaneTruth =
  /** A run that Temporal knows: open, or over. */
  | { readonly what: 'run'; readonly drill: FoundDrill }
  /** A report of a drill that the Temporal server does not know, or no longer knows. */
  | { readonly what: 'report'; readonly kept: KeptReport }
  /** A drill holds the lane, left no report, and ran on another Temporal server. */
  | { readonly what: 'left'; readonly holder: LaneHolder };

/** @returns undefined if the lane is unknown. */
export const findLaneTruth = async (
  drills: Drills | undefined,
  stateFolder: StateFolder,
  lane: string,
): Promise<LaneTruth | undefined> => {
  const [drill, kept, holder] = await Promise.all([
    drills?.find(lane).catch((error: unknown) => {
      if (isKnownFailure(error, 'DrillNotFound')) return undefined;
      throw error;
    }),
    readLastReport(stateFolder, lane),
    readReservation(stateFolder, lane),
  ]);
  if (drill?.run.open === true) return { what: 'run', drill };
  // Drills' ids sort by age.
  const reportId = kept?.report.drillId ?? '';
  const runId = drill?.run.drillId ?? '';
  if (holder !== undefined && holder.drillId > reportId && holder.drillId > runId) return { what: 'left', holder };
  if (drill !== undefined && runId >= reportId) return { what: 'run', drill };
  return kept === undefined ? undefined : { what: 'report', kept };
};
