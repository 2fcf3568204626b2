/** Goes on with a drill that has not ended: sees it through, or undoes it. */
import type { ExitCode } from '../cli/context.js';
import { queuesHere } from '../temporal/worker-here.js';
import { needsWorker } from './crew.js';
import type { Drills, FoundDrill } from '../drills/drills.js';
import { type Conduct, seeThrough } from './see-through.js';

export interface GoOn extends Conduct {
  readonly drill: FoundDrill;
  readonly drills: Drills;
}

/** @returns the exit code, as for a drill of this process. */
export const resumeDrill = async (parts: GoOn): Promise<ExitCode> => {
  await bringWhatIsMissing(parts);
  return (await seeThrough(parts)).exitCode;
};

/** @returns 0 if the drill was cancelled and everything was undone, or if it passed before that; 1 otherwise. */
export const cancelDrill = async (parts: GoOn): Promise<ExitCode> => {
  // Cancels before a worker comes, which would go on with the next step.
  await parts.drill.cancel();
  parts.view.note('Cancelled: the drill undoes what it did.');
  await bringWhatIsMissing(parts);
  const { report, exitCode } = await seeThrough({ ...parts, tellOnly: true });
  return report.result === 'cancelled' ? (exitCode === 130 ? 130 : 0) : exitCode;
};

const bringWhatIsMissing = async ({ context, workspace, server, drills, crew }: GoOn): Promise<void> => {
  if (await needsWorker(server, drills, queuesHere(context, workspace))) await crew.bringWorker();
};
