/** Keeps each lane to one drill at a time: on disk beside the lane, because the lane is what must not be shared. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { KnownFailure } from '../../domain/known-failure.js';
import type { LaneHolder, LaneReservations } from '../../domain/pair/lane.js';
import { withFileLock } from '../../systems/files/file-lock.js';
import { readJsonFile, writeJsonFile } from '../../systems/files/json-file.js';
import type { StateFolder } from './state-folder.js';

const holderSchema = z.object({
  drillId: z.string(),
  workflowId: z.string(),
  runId: z.string(),
  namespace: z.string(),
  temporalClusterId: z.string(),
});
/** A lane without a holder has no file. A run takes a lane once, so that its id is all that tells its hold from any other. */
const reservationSchema = z.object({ holder: holderSchema.optional() });
type Reservation = z.infer<typeof reservationSchema>;

export interface LaneReservationsPorts {
  readonly stateFolder: StateFolder;
  /** Whether the holder's workflow still runs; `unknown` when another Temporal cluster runs it. */
  readonly isRunning: (holder: LaneHolder) => Promise<boolean | 'unknown'>;
}

export interface LocalLaneReservations extends LaneReservations {
  /**
   * Runs what no drill may be beside, and frees the lane of a drill that is over. A drill that wants the lane meanwhile
   * waits.
   *
   * @throws KnownFailure `LaneBusy`: a drill that may still run has the lane; nothing was run.
   * @throws whatever `isRunning` and `run` throw; the reservation then stays.
   */
  whileFree<T>(lane: string, run: () => Promise<T>): Promise<T>;
}

export const createLaneReservations = ({ stateFolder, isRunning }: LaneReservationsPorts): LocalLaneReservations => {
  const file = (lane: string): string => join(stateFolder.lanes, `${lane}.reserved.json`);
  const locked = <T>(lane: string, run: () => Promise<T>): Promise<T> =>
    withFileLock(join(stateFolder.lanes, `${lane}.reserved.lock`), run);

  return {
    reserve: (lane, holder) =>
      locked(lane, async () => {
        const { holder: current } = await read(file(lane));
        if (current?.runId === holder.runId) return;
        if (current !== undefined && (await isRunning(current)) !== false) {
          throw busy(lane, current, holder.temporalClusterId !== current.temporalClusterId, file(lane));
        }
        await writeJsonFile(file(lane), { holder } satisfies Reservation);
      }),
    async assertHeld(lane, drillId, runId) {
      const { holder } = await read(file(lane));
      if (holder?.drillId === drillId && runId !== undefined && holder.runId !== runId) throw wasReset(lane, drillId);
      if (holder?.drillId === drillId) return;
      throw new KnownFailure(
        'LaneElsewhere',
        `Drill ${drillId} has not reserved lane ${lane} in this worker's state folder: let all workers of a task queue share one, or stop the other worker`,
        { retryable: true },
      );
    },
    release: (lane, holder) =>
      locked(lane, async () => {
        const { holder: current } = await read(file(lane));
        if (current?.runId === holder.runId) await rm(file(lane), { force: true });
      }),
    whileFree: (lane, run) =>
      locked(lane, async () => {
        const { holder: current } = await read(file(lane));
        const running = current !== undefined && (await isRunning(current));
        if (running !== false) throw busy(lane, current, running === 'unknown', file(lane));
        const result = await run();
        await rm(file(lane), { force: true });
        return result;
      }),
  };
};

/** Who has a lane, as far as the state folder tells; undefined when nobody has it. */
export const readReservation = async ({ lanes }: StateFolder, lane: string): Promise<LaneHolder | undefined> =>
  (await read(join(lanes, `${lane}.reserved.json`))).holder;

const read = async (path: string): Promise<Reservation> =>
  (await readJsonFile(path, (value) => reservationSchema.parse(value))) ?? {};

const wasReset = (lane: string, drillId: string): KnownFailure =>
  new KnownFailure(
    'RunWasReset',
    `Another run than the one that asks has reserved lane ${lane} for drill ${drillId}: the run that asks came out of a reset. Start a new drill.`,
  );

const busy = (lane: string, current: LaneHolder, elsewhere: boolean, path: string): KnownFailure =>
  new KnownFailure(
    'LaneBusy',
    `Lane ${lane} is in use by drill ${current.drillId}: wait for it, or cancel workflow ${current.workflowId}` +
      (elsewhere ? `. Another Temporal server runs it; if that is gone for good, remove ${path}` : ''),
    { facts: { workflowId: current.workflowId, runId: current.runId } },
  );
