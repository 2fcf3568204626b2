/** What a compose lane remembers on disk, so that any later process can adopt, repair or remove it. */
import { join } from 'node:path';
import { z } from 'zod';
import type { PairSide } from '../../domain/topology.js';
import { readJsonFile, writeJsonFile } from '../../systems/files/json-file.js';
import { serverNames } from './names.js';

const port = z.number().int().positive();
/** When something happened to a side, ISO 8601; absent for a side that it did not happen to. */
const timeOfSide = z.object({ source: z.string().optional(), target: z.string().optional() });

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
  /** The drill that restored into the target: its data is no longer its own. */
  targetUsedBy: z.string().optional(),
  clientsAt: z.enum(['source', 'target']),
  /** Sides whose edge refuses everything, since when. */
  fenced: timeOfSide.optional(),
  /** Sides whose server was killed as in a disaster, and when. Their edge is shut, too. */
  lost: timeOfSide.optional(),
});

export type ComposeLaneRecord = z.infer<typeof recordSchema>;

/** Whether nobody may reach a side. */
export const isShut = ({ fenced, lost }: ComposeLaneRecord, side: PairSide): boolean =>
  fenced?.[side] !== undefined || lost?.[side] !== undefined;

export interface ComposeRecordFile {
  read(): Promise<ComposeLaneRecord | undefined>;
  write(record: ComposeLaneRecord): Promise<void>;
  /** Changes the record in place, and keeps the change before anything else happens. Not safe without the lane's lock. */
  update(change: (record: ComposeLaneRecord) => void): Promise<ComposeLaneRecord>;
}

export const openComposeRecord = (laneFolder: string): ComposeRecordFile => {
  const path = join(laneFolder, 'lane.json');
  // Servers are made side by side: one change at a time.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(run: () => Promise<T>): Promise<T> => {
    const next = last.then(run, run);
    last = next.catch(() => undefined);
    return next;
  };
  const read = (): Promise<ComposeLaneRecord | undefined> => readJsonFile(path, (value) => recordSchema.parse(value));
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
