/** What a local lane remembers on disk, so that any later process can adopt, repair or remove it. */
import { join } from 'node:path';
import { z } from 'zod';
import type { PairSide } from '../../domain/topology.js';
import { readJsonFile, writeJsonFile } from '../../systems/files/json-file.js';

export const serverNames = ['infra', 'source', 'target'] as const;
export type ServerName = (typeof serverNames)[number];

/** One edge a site, and the clients' own. */
export const edgeNames = ['infra', 'source', 'target', 'clients'] as const;
export type EdgeName = (typeof edgeNames)[number];

export type ProcessName = `bao-${ServerName}` | `edge-${EdgeName}` | 'storage';

const identity = z.object({ pid: z.number().int().positive(), startedAt: z.string() });
const port = z.number().int().positive();
/** When something happened to a side, ISO 8601; absent for a side that it did not happen to. */
const timeOfSide = z.object({ source: z.string().optional(), target: z.string().optional() });
const sitePorts = z.object({ api: port, cluster: port });

const recordSchema = z.object({
  layout: z.literal(1),
  lane: z.string(),
  createdBy: z.string(),
  ports: z.object({
    edges: z.object({ infra: port, source: port, target: port, clients: port }),
    servers: z.object({ infra: sitePorts, source: sitePorts, target: sitePorts }),
    storage: port,
    /** What the S3 server needs besides, of which nobody but itself makes use. */
    storageInternal: z.array(port),
  }),
  storage: z.enum(['weed', 'rustfs']),
  targetSealKey: z.string(),
  /** Certificates and generated passwords are all there. */
  materialsReady: z.boolean(),
  /** Servers that are initialised and completely set up: only these are worth adopting. */
  ready: z.array(z.enum(serverNames)),
  /** The drill that restored into the target: its data is no longer its own. */
  targetUsedBy: z.string().optional(),
  clientsAt: z.enum(['source', 'target']),
  /** Sides whose edge refuses everything, since when. */
  fenced: timeOfSide.optional(),
  /** Sides whose server was killed as in a disaster, and when. Their edge is shut, too. */
  lost: timeOfSide.optional(),
  processes: z.record(z.string(), identity),
});

/** Whether nobody may reach a side. */
export const isShut = ({ fenced, lost }: LaneRecord, side: PairSide): boolean =>
  fenced?.[side] !== undefined || lost?.[side] !== undefined;

export type LaneRecord = z.infer<typeof recordSchema>;

export interface LaneRecordFile {
  read(): Promise<LaneRecord | undefined>;
  write(record: LaneRecord): Promise<void>;
  /** Changes the record in place, and keeps the change before anything else happens. Not safe without the lane's lock. */
  update(change: (record: LaneRecord) => void): Promise<LaneRecord>;
}

export const openLaneRecord = (laneFolder: string): LaneRecordFile => {
  const path = join(laneFolder, 'lane.json');
  // Servers start side by side, and each records itself: one change at a time.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(run: () => Promise<T>): Promise<T> => {
    const next = last.then(run, run);
    last = next.catch(() => undefined);
    return next;
  };
  const read = (): Promise<LaneRecord | undefined> => readJsonFile(path, (value) => recordSchema.parse(value));
  return {
    read,
    write: (record) => inTurn(() => writeJsonFile(path, record)),
    update: (change) =>
      inTurn(async () => {
        const record = await read();
        if (record === undefined) throw new Error('a lane has no record yet');
        change(record);
        await writeJsonFile(path, record);
        return record;
      }),
  };
};
