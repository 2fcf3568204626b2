/** Keeps each lane to one drill at a time: on disk beside the lane, because the lane is what must not be shared. */
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { KnownFailure } from '../../domain/known-failure.js';
import type { LaneHolder, LaneReservations } from '../../activities/ports/reservations.js';
import { withFileLock } from '../../systems/files/file-lock.js';
import { errorCode } from '../../systems/files/storage-failure.js';
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
   * waits, and a step that outlives its drill no longer has the lane (`LaneElsewhere`).
   *
   * @throws KnownFailure `LaneBusy`: a drill that may still run has the lane; nothing was run.
   * @throws whatever `isRunning` and `run` throw; the drill then has its reservation again.
   */
  whileFree<T>(lane: string, run: () => Promise<T>): Promise<T>;
}

export const createLaneReservations = ({ stateFolder, isRunning }: LaneReservationsPorts): LocalLaneReservations => {
  const file = (lane: string): string => reservationIn(stateFolder, lane);
  const aside = (lane: string): string => setAsideIn(stateFolder, lane);
  const current = (lane: string): Promise<Reservation> => readHolder(stateFolder, lane);
  const locked = <T>(lane: string, run: () => Promise<T>): Promise<T> =>
    withFileLock(join(stateFolder.lanes, `${lane}.reserved.lock`), run);
  const clear = async (lane: string): Promise<void> => {
    await rm(aside(lane), { force: true });
    await rm(file(lane), { force: true });
  };

  return {
    reserve: (lane, holder) =>
      locked(lane, async () => {
        const { holder: has } = await current(lane);
        if (has !== undefined && has.runId !== holder.runId && (await isRunning(has)) !== false) {
          throw busy(lane, has, holder.temporalClusterId !== has.temporalClusterId, file(lane));
        }
        if ((await read(file(lane))).holder?.runId === holder.runId) return;
        await writeJsonFile(file(lane), { holder } satisfies Reservation);
        await rm(aside(lane), { force: true });
      }),
    async assertHeld(lane, drillId, runId) {
      const { holder } = await read(file(lane));
      if (holder?.drillId === drillId && runId !== undefined && holder.runId !== runId) throw wasReset(lane, drillId);
      if (holder?.drillId === drillId) return;
      if (holder === undefined && (await current(lane)).holder?.drillId === drillId) throw wasTaken(lane, drillId);
      throw new KnownFailure(
        'LaneElsewhere',
        `Drill ${drillId} has not reserved lane ${lane} in this worker's state folder: let all workers of a task queue share one, or stop the other worker`,
        { retryable: true },
      );
    },
    release: (lane, holder) =>
      locked(lane, async () => {
        if ((await current(lane)).holder?.runId === holder.runId) await clear(lane);
      }),
    whileFree: (lane, run) =>
      locked(lane, async () => {
        const { holder } = await current(lane);
        const running = holder !== undefined && (await isRunning(holder));
        if (running !== false) throw busy(lane, holder, running === 'unknown', file(lane));
        // Renamed, not written: a full disk has no room for more.
        await move(file(lane), aside(lane));
        try {
          const result = await run();
          await clear(lane);
          return result;
        } catch (error) {
          await move(aside(lane), file(lane));
          throw error;
        }
      }),
  };
};

/** Who has a lane, as far as the state folder tells; undefined when nobody has it. */
export const readReservation = async (stateFolder: StateFolder, lane: string): Promise<LaneHolder | undefined> =>
  (await readHolder(stateFolder, lane)).holder;

const reservationIn = ({ lanes }: StateFolder, lane: string): string => join(lanes, `${lane}.reserved.json`);
/** Where the reservation is while a command acts in the drill's place, or was killed doing so. */
const setAsideIn = ({ lanes }: StateFolder, lane: string): string => join(lanes, `${lane}.reserved.aside.json`);

const readHolder = async (stateFolder: StateFolder, lane: string): Promise<Reservation> => {
  const held = await read(reservationIn(stateFolder, lane));
  return held.holder === undefined ? read(setAsideIn(stateFolder, lane)) : held;
};

/** Does nothing where there is no reservation. */
const move = async (from: string, to: string): Promise<void> => {
  try {
    await rename(from, to);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
};

const read = async (path: string): Promise<Reservation> =>
  (await readJsonFile(path, (value) => reservationSchema.parse(value))) ?? {};

const wasTaken = (lane: string, drillId: string): KnownFailure =>
  new KnownFailure(
    'LaneElsewhere',
    `A command has lane ${lane} in place of drill ${drillId}, to undo it or to take the lane down. Wait until it is over.`,
    { retryable: true },
  );

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
