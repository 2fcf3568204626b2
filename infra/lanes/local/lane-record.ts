/** What a local lane remembers on disk, so that any later process can adopt, repair or remove it. */
import { z } from 'zod';
import { type LaneRecordFile as RecordFile, openLaneRecordFile } from '../made/record/lane-record-file.js';
import { serverNames } from '../made/names.js';
import { sidesShape } from '../made/record/lane-sides.js';

const identity = z.object({ pid: z.number().int().positive(), startedAt: z.string() });
const port = z.number().int().positive();
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
  ...sidesShape,
  processes: z.record(z.string(), identity),
});

export type LaneRecord = z.infer<typeof recordSchema>;

export type LaneRecordFile = RecordFile<LaneRecord>;

export const openLaneRecord = (laneFolder: string): LaneRecordFile =>
  openLaneRecordFile(laneFolder, (value) => recordSchema.parse(value));
