/** What a compose lane remembers on disk, so that any later process can adopt, repair or remove it. */
import { z } from 'zod';
import { type LaneRecordFile, openLaneRecordFile } from '../made/record/lane-record-file.js';
import { sidesShape } from '../made/record/lane-sides.js';
import { serverNames } from '../made/names.js';

const port = z.number().int().positive();

const recordSchema = z.object({
  kind: z.literal('compose'),
  layout: z.literal(1),
  lane: z.string(),
  createdBy: z.string(),
  /** Published on 127.0.0.1. */
  ports: z.object({ infra: port, source: port, target: port, clients: port, storage: port }),
  /** `uid:gid` of the programs in the containers, and so of their files: the same as long as the lane is there. */
  user: z.string().optional(),
  targetSealKey: z.string(),
  /** Certificates, generated passwords and every service's files are all there. */
  materialsReady: z.boolean(),
  /** Servers that are initialised and completely set up: only these are worth adopting. */
  ready: z.array(z.enum(serverNames)),
  ...sidesShape,
});

export type ComposeLaneRecord = z.infer<typeof recordSchema>;

export type ComposeRecordFile = LaneRecordFile<ComposeLaneRecord>;

export const openComposeRecord = (laneFolder: string): ComposeRecordFile =>
  openLaneRecordFile(laneFolder, (value) => recordSchema.parse(value));
