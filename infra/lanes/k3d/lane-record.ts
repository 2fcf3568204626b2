/** What a k3d lane remembers on disk, so that any later process can adopt, repair or remove it. */
import { basename, join } from 'node:path';
import { z } from 'zod';
import type { LanePart } from '../../../domain/plan/provisioning.js';
import { k3d } from '../../../domain/plan/kinds/k3d.js';
import { planFields } from '../../../domain/plan/plan-fields.js';
import { resolvedForm } from '../../../domain/plan/resolved-form.js';
import { withFileLock } from '../../../systems/files/file-lock.js';
import { readJsonFile, writeJsonFile } from '../../../systems/files/json-file.js';
import { missing } from '../made/lane-record-file.js';
import { sidesShape } from '../made/lane-sides.js';
import type { K3dLanePaths } from './lane-paths.js';
import { siteNames } from './names.js';

const port = z.number().int().positive();
const count = z.number().int().positive();
const site = z.enum(siteNames);

const recordSchema = z.object({
  kind: z.literal('k3d'),
  layout: z.literal(1),
  lane: z.string(),
  /** Marks in its clusters what is this lane's: its name, and something that no other lane has. */
  id: z.string(),
  createdBy: z.string(),
  options: resolvedForm(k3d.options(planFields)),
  /** What serves the bucket. */
  storage: z.enum(['container', 'weed', 'rustfs']),
  /** Ports on this machine: those that k3d publishes, and those of a bucket's server that is a process. */
  ports: z.object({
    edges: z.object({ infra: port, source: port, target: port, clients: port }),
    storage: port,
    storageInternal: z.array(port),
  }),
  /** Generated passwords are all there. */
  materialsReady: z.boolean(),
  /** `making`: begun and not finished; what there is of it is this lane's. `adopted` was there before, and stays. */
  parts: z.record(z.string(), z.enum(['making', 'made', 'adopted'])),
  /** Clusters that this lane has given Gateway API's definitions. */
  gatewayDefinitions: z.array(site),
  /** Servers that are initialised and completely set up: only these are worth adopting. */
  ready: z.array(site),
  ...sidesShape,
  /** How the server of a side that was lost has ended. */
  lossOf: z.object({ source: z.string().optional(), target: z.string().optional() }).optional(),
  /** How many pods an adopted edge had before it was shut. */
  edgeReplicas: z.object({ source: count.optional(), target: count.optional() }).optional(),
  processes: z.record(z.string(), z.object({ pid: z.number().int().positive(), startedAt: z.string() })),
});

export type K3dLaneRecord = z.infer<typeof recordSchema>;

export const isAdopted = ({ parts }: K3dLaneRecord, part: LanePart): boolean => parts[part] === 'adopted';

export interface K3dRecordFile {
  read(): Promise<K3dLaneRecord | undefined>;
  /** @throws KnownFailure `LaneMissing`. */
  existing(): Promise<K3dLaneRecord>;
  /**
   * The record, made by `make` when there is none yet. It is written before `furnish` makes what it says is ready, and again
   * afterwards; a furnishing that was cut short is done again.
   */
  create(make: () => Promise<K3dLaneRecord>, furnish: (record: K3dLaneRecord) => Promise<void>): Promise<K3dLaneRecord>;
  /** Changes the record in place, and keeps the change before anything else happens. Safe between processes. */
  update(change: (record: K3dLaneRecord) => void): Promise<K3dLaneRecord>;
}

export const openK3dRecord = ({ folder, recordLock }: Pick<K3dLanePaths, 'folder' | 'recordLock'>): K3dRecordFile => {
  const path = join(folder, 'lane.json');
  const read = (): Promise<K3dLaneRecord | undefined> => readJsonFile(path, (value) => recordSchema.parse(value));
  const existing = async (): Promise<K3dLaneRecord> => (await read()) ?? missing(basename(folder));
  return {
    read,
    existing,
    create: (make, furnish) =>
      withFileLock(recordLock, async () => {
        const found = await read();
        if (found?.materialsReady === true) return found;
        const record = found ?? (await make());
        await writeJsonFile(path, record);
        await furnish(record);
        await writeJsonFile(path, record);
        return record;
      }),
    update: (change) =>
      withFileLock(recordLock, async () => {
        const record = await existing();
        change(record);
        await writeJsonFile(path, record);
        return record;
      }),
  };
};
