/** A fourth kind of lane: a folder, and a line of the table. It is made of files alone. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { PairSide, Topology } from '../../../domain/pair/topology.js';
import type { LaneKindModule } from '../../../infra/lanes/kind.js';
import { openLaneRecordFile } from '../../../infra/lanes/made/record/lane-record-file.js';
import { sidesShape } from '../../../infra/lanes/made/record/lane-sides.js';
import { readTopologyFile } from '../../../infra/lanes/made/record/topology-file.js';
import { isTargetToRenew, reopenSidesFor } from '../../../infra/lanes/made/shell/build-steps.js';
import type { Change, LaneHost, MadeRecord } from '../../../infra/lanes/made/shell/lane-host.js';
import { createLaneLocks } from '../../../infra/lanes/made/shell/locks.js';
import { createMadeLane } from '../../../infra/lanes/made/shell/made-lane.js';
import type { StateFolder } from '../../../infra/state/state-folder.js';

const recordSchema = z.object({
  lane: z.string(),
  createdBy: z.string(),
  materialsReady: z.boolean(),
  ...sidesShape,
});
type ToyRecord = z.infer<typeof recordSchema>;

/** An edge is open, and a server runs, while there is a file of its name. */
export const toyFile = (stateFolder: StateFolder, lane: string, what: `${'edge' | 'server'}-${PairSide}`): string =>
  join(stateFolder.lanes, lane, what);

const pathsOf = (stateFolder: StateFolder, lane: string) => ({
  folder: join(stateFolder.lanes, lane),
  lock: join(stateFolder.lanes, `${lane}.building.lock`),
  topology: join(stateFolder.lanes, lane, 'topology.json'),
});

export const toyKind: LaneKindModule = {
  open(name, { stateFolder, assertHeld }) {
    const paths = pathsOf(stateFolder, name);
    const recordFile = openLaneRecordFile(paths.folder, (value) => recordSchema.parse(value));
    const file = (what: 'edge' | 'server', side: PairSide) => toyFile(stateFolder, name, `${what}-${side}`);
    const make = (what: 'edge' | 'server', side: PairSide) => writeFile(file(what, side), '');
    const end = (what: 'edge' | 'server', side: PairSide) => rm(file(what, side), { force: true });
    const newRecord = async (createdBy: string): Promise<ToyRecord> => {
      await mkdir(paths.folder);
      return { lane: name, createdBy, materialsReady: true, clientsAt: 'source' };
    };
    const host: LaneHost<ToyRecord, Change<ToyRecord>> = {
      open: async (change) => change,
      async build(request, progress) {
        const { record } = await recordFile.create(() => newRecord(request.owner));
        if (await isTargetToRenew(request, { record, askedPair: async () => undefined, progress })) {
          await recordFile.update((current: MadeRecord) => void delete current.targetUsedBy);
        }
        await reopenSidesFor(request, recordFile, progress);
        for (const side of ['source', 'target'] as const) {
          await make('server', side);
          await make('edge', side);
        }
        return { lane: name } as Topology;
      },
      askedPair: async () => undefined,
      cutEdge: (_, side) => end('edge', side),
      openEdge: (_, side) => make('edge', side),
      pointClients: async () => undefined,
      restart: (_, side) => make('server', side),
      start: (_, side) => make('server', side),
      async kill(_, side, beforeTheEnd) {
        await beforeTheEnd();
        await end('server', side);
        return undefined;
      },
      removePair: async () => {
        for (const side of ['source', 'target'] as const) await Promise.all([end('edge', side), end('server', side)]);
      },
      removeAll: async () => undefined,
    };
    const locks = createLaneLocks({ timeoutMs: 10_000, assertHeld });
    return createMadeLane({ name, kind: 'toy', paths, locks, recordFile, host });
  },
  readTopology: (stateFolder, lane) => readTopologyFile(pathsOf(stateFolder, lane)),
  takenPorts: async () => [],
  tools: () => ({ required: [], optional: [] }) as unknown as ReturnType<LaneKindModule['tools']>,
};
