/** Names other places to watch a drill. */
import type { Drill } from '../drills/drill.js';
import type { TemporalServer } from '../temporal/servers.js';

export const whereToLook = (
  { settings: { address, namespace }, uiUrl }: Pick<TemporalServer, 'settings' | 'uiUrl'>,
  { workflowId, runId }: Pick<Drill, 'workflowId' | 'runId'>,
): string =>
  uiUrl === undefined
    ? `Workflow ${workflowId} at Temporal ${address}, namespace ${namespace}`
    : `Watch it in Temporal's UI: ${uiUrl}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}${runId === undefined ? '' : `/${runId}`}`;
