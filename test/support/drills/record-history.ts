/** Keeps the history of a drill on real servers for `test/replay/`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { historiesFolder, unreleased } from '../../replay/histories.js';
import type { TestTemporal } from '../servers/temporal.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
/** Another folder is for a try. */
const folder = process.env['OPENBAO_DR_HISTORIES'] ?? join(historiesFolder, unreleased);

export interface RecordedDrills {
  readonly temporal: Pick<TestTemporal, 'client'>;
  /** Where real drills keep their lanes. */
  readonly stateDir?: string;
}

/** Writes `test/replay/histories/unreleased/<name>.json`. */
export const recordHistory = async (drills: RecordedDrills, name: string, workflowId: string): Promise<void> => {
  const history = await drills.temporal.client.workflow.getHandle(workflowId).fetchHistory();
  // Stack traces and results name folders of the machine: where they are is nobody's business.
  const { stateDir = root } = drills;
  const text = historyToJSON(history).replaceAll(root, '').replaceAll(stateDir, 'state');
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, `${name}.json`),
    `${JSON.stringify({ workflowId, history: JSON.parse(text) as unknown })}\n`,
  );
};
