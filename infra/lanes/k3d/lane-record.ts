/** What a k3d lane remembers on disk, so that any later process can adopt, repair or remove it. */
import { z } from 'zod';
import { k3d } from '../../../domain/plan/kinds/k3d.js';
import { planFields } from '../../../domain/plan/plan-fields.js';
import { resolvedForm } from '../../../domain/plan/resolved-form.js';
import { type LaneRecordFile, openLaneRecordFile } from '../made/record/lane-record-file.js';
import { sidesShape } from '../made/record/lane-sides.js';
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
  /** How many pods an adopted edge had before it was shut. */
  edgeReplicas: z.object({ source: count.optional(), target: count.optional() }).optional(),
  processes: z.record(z.string(), z.object({ pid: z.number().int().positive(), startedAt: z.string() })),
});

export type K3dLaneRecord = z.infer<typeof recordSchema>;

export type K3dRecordFile = LaneRecordFile<K3dLaneRecord>;

/** Parts are made side by side, by several workers maybe: each change is made under a lock of its own. */
export const openK3dRecord = ({ folder, recordLock }: Pick<K3dLanePaths, 'folder' | 'recordLock'>): K3dRecordFile =>
  openLaneRecordFile(folder, (value) => recordSchema.parse(value), { lock: recordLock });
