/** What every lane that this program makes does in the same way, whatever it is made of: lock, record, and order of writes. */
import { rm } from 'node:fs/promises';
import type { Lane } from '../../../../activities/ports/lane.js';
import type { PairSide } from '../../../../domain/pair/topology.js';
import { writeJsonFile } from '../../../../systems/files/json-file.js';
import { assertTargetAnswersNoClients } from '../clients-name.js';
import type { LaneRecordFile } from '../record/lane-record-file.js';
import { assertPairMayGo, assertTargetMayBeReplaced, beginMove } from '../record/lane-sides.js';
import { fenceSide, liftFenceOfSide, loseSide, recoverSide, standBySide } from './change-sides.js';
import type { LaneHost, MadeRecord } from './lane-host.js';
import type { LaneLocks } from './locks.js';

/** A lane that this program makes: it may end and start its servers, and remove all of it. */
export type MadeLane = Lane & Required<Pick<Lane, 'servers' | 'disposal'>>;

export interface MadeLaneOptions<Record extends MadeRecord, Context> {
  readonly name: string;
  readonly kind: string;
  readonly paths: {
    readonly folder: string;
    /** Beside the folder, not in it: it is held while the folder is removed. */
    readonly lock: string;
    /** What drills were told last, of lanes that have to ask their systems to describe themselves anew. */
    readonly topology?: string;
  };
  readonly locks: LaneLocks;
  /** Locks that are held besides the lane's own while it goes: a part may be in the making, of a drill that was given up say. */
  readonly partLocks?: readonly string[];
  readonly recordFile: LaneRecordFile<Record>;
  readonly host: LaneHost<Record, Context>;
}

const never = new AbortController().signal;
const silent = (): void => undefined;

export const createMadeLane = <R extends MadeRecord, C>({
  name,
  kind,
  paths,
  locks,
  partLocks = [],
  recordFile,
  host,
}: MadeLaneOptions<R, C>): MadeLane => {
  const sides = { recordFile, host };

  const locked = <T>(run: () => Promise<T>, signal: AbortSignal): Promise<T> => locks.under([paths.lock], run, signal);
  const alone = <T>(run: () => Promise<T>, signal: AbortSignal): Promise<T> =>
    locks.under([paths.lock, ...partLocks], run, signal);

  /** One change to the lane at a time, on the record as it is by then. */
  const changing = <T>(change: (context: C) => Promise<T>, signal: AbortSignal = never): Promise<T> =>
    locked(
      async () => change(await host.open({ record: await recordFile.existing(), progress: silent, signal })),
      signal,
    );

  /** A change of the record alone. */
  const noting = (change: (record: MadeRecord) => void, signal: AbortSignal = never): Promise<R> =>
    locked(async () => {
      signal.throwIfAborted();
      return recordFile.update(change);
    }, signal);

  const clientsAt =
    (side: PairSide) =>
    (record: MadeRecord): void => {
      record.clientsAt = side;
    };

  const forgetTopology = async (): Promise<void> => {
    if (paths.topology !== undefined) await rm(paths.topology, { force: true });
  };

  return {
    name,
    kind,
    provision: (request, progress, signal = never) =>
      locked(async () => {
        const topology = await host.build(request, progress, signal);
        if (paths.topology !== undefined) await writeJsonFile(paths.topology, topology);
        return { topology };
      }, signal),
    edges: {
      fence: (side, signal) => changing((context) => fenceSide(sides, context, side), signal),
      ...(host.standBy !== undefined && {
        standBy: (side: PairSide, signal?: AbortSignal) =>
          changing((context) => standBySide(sides, context, side), signal),
      }),
      liftFence: (side, signal) => changing((context) => liftFenceOfSide(sides, context, side), signal),
    },
    clients: {
      async beginMove(move, signal) {
        let counter = 0;
        await noting((record) => void (counter = beginMove(record, move)), signal);
        return counter;
      },
      pointAt: (side, signal) =>
        changing(async (context) => {
          signal?.throwIfAborted();
          // Remembered first: an edge that is repaired meanwhile must not send clients back.
          await recordFile.update(clientsAt(side));
          await host.pointClients(context, side);
        }, signal),
      noteAt: async (side, signal) => void (await noting(clientsAt(side), signal)),
    },
    target: {
      markUsed: (drillId, signal = never) =>
        locked(async () => {
          const found = await recordFile.existing();
          assertTargetMayBeReplaced(found);
          await assertTargetAnswersNoClients(name, await host.askedPair(found));
          signal.throwIfAborted();
          await recordFile.update((record: MadeRecord) => {
            record.targetUsedBy = drillId;
          });
        }, signal),
    },
    servers: {
      restart: (side, signal) => changing((context) => host.restart(context, side), signal),
      lose: (side, signal) => changing((context) => loseSide(sides, context, side), signal),
      recover: (side, signal) => changing((context) => recoverSide(sides, context, side), signal),
    },
    disposal: {
      createdBy: async () => (await recordFile.read())?.createdBy,
      teardownPair: (progress, signal = never) =>
        alone(async () => {
          const record = await recordFile.read();
          if (record === undefined) return;
          assertPairMayGo(record);
          await assertTargetAnswersNoClients(name, await host.askedPair(record));
          await host.removePair(await host.open({ record, progress, signal }));
          await forgetTopology();
          progress(`lane ${name}: source and target down`);
        }, signal),
      teardown: (progress, signal = never, options = {}) =>
        alone(async () => {
          const record = await recordFile.read();
          await host.removeAll({ record, progress, signal }, options);
          await rm(paths.folder, { recursive: true, force: true });
          progress(record === undefined ? `lane ${name}: there was none` : `lane ${name}: down`);
        }, signal),
    },
  };
};
