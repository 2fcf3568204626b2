/** Keeps the history of a drill on real servers for `test/replay/`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { RealDrills } from './real-drills.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = fileURLToPath(new URL('../replay/histories', import.meta.url));

/** Writes `test/replay/histories/<name>.json`. */
export const recordHistory = async (drills: RealDrills, name: string, workflowId: string): Promise<void> => {
  const history = await drills.temporal.client.workflow.getHandle(workflowId).fetchHistory();
  // Stack traces and results name folders of the machine: where they are is nobody's business.
  const text = historyToJSON(history).replaceAll(root, '').replaceAll(drills.stateDir, 'state');
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, `${name}.json`),
    `${JSON.stringify({ workflowId, history: JSON.parse(text) as unknown })}\n`,
  );
};
