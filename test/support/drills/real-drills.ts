/** Whole drills on real servers within the test's own process, so that a test can interfere between two steps. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDrillActivities, type DrillActivities } from '../../../activities/index.js';
import { drillWorkflowType } from '../../../domain/contract/contract.js';
import type { DrillReport, DrillStatus } from '../../../domain/report/report.js';
import { openStateFolder } from '../../../infra/state/state-folder.js';
import { createToolBox } from '../../../systems/tools/index.js';
import { readClusterId } from '../../../systems/temporal/connect.js';
import { waitUntil } from '../../../systems/waiting/wait-until.js';
import { type AssembledPorts, assembleActivityPorts } from '../../../worker/assemble-ports.js';
import { runDrillWorker, startTestTemporal, type TestTemporal } from '../servers/temporal.js';
import { toolPath } from '../tools.js';

export interface RealDrills extends AsyncDisposable {
  readonly temporal: TestTemporal;
  readonly ports: AssembledPorts;
  /** Where lanes and reports are. */
  readonly stateDir: string;
  start(workflowId: string, plan: { readonly lane: string }): Promise<void>;
  until(workflowId: string, what: string, wanted: (status: DrillStatus) => boolean): Promise<DrillStatus>;
  signal(workflowId: string, name: string, message: unknown): Promise<void>;
  finished(workflowId: string): Promise<DrillReport>;
  /** The same, of one that is approved if it gets that far. */
  approved(workflowId: string): Promise<DrillReport>;
}

/** What a test does beside a step: gets the real steps, returns those it puts something before or after. */
export type Interference = (steps: DrillActivities, ports: AssembledPorts) => Partial<DrillActivities>;

export interface RealDrillsOptions {
  /** For programs that steps run, beside what every test has. */
  readonly environment?: Readonly<Record<string, string>>;
  /** How long a drill may take to get anywhere. Default: 2 minutes. */
  readonly patienceMs?: number;
}

export const startRealDrills = async (
  interfere: Interference = () => ({}),
  { environment: more = {}, patienceMs = 120_000 }: RealDrillsOptions = {},
): Promise<RealDrills> => {
  const temporal = await startTestTemporal();
  const folder = await mkdtemp(join(tmpdir(), 'openbao-dr-drills-'));
  const stateFolder = await openStateFolder(join(folder, 'state'));
  const environment = {
    OPENBAO_DR_BAO: toolPath('bao'),
    OPENBAO_DR_TRAEFIK: toolPath('traefik'),
    OPENBAO_DR_WEED: toolPath('weed'),
    ...more,
  };
  const taskQueue = `test-${randomUUID()}`;
  const ports = assembleActivityPorts({
    stateFolder,
    tools: createToolBox({ environment, cacheFolder: join(folder, 'cache') }),
    environment,
    connection: temporal.connection,
    temporalClusterId: await readClusterId(temporal.connection, temporal.settings.namespace),
    version: '0.0.0-test',
    taskQueue,
  });
  const steps = createDrillActivities(ports);
  const worker = await runDrillWorker(
    temporal,
    { ...steps, ...interfere(steps, ports) },
    {
      taskQueue,
      folderId: stateFolder.id,
    },
  );
  const lanes = new Set<string>();

  const status = (workflowId: string): Promise<DrillStatus> =>
    temporal.client.workflow.getHandle(workflowId).query<DrillStatus>('status');
  const until: RealDrills['until'] = (workflowId, what, wanted) =>
    waitUntil(
      async () => {
        const seen = await status(workflowId).catch(() => undefined);
        if (seen === undefined) return undefined;
        if (wanted(seen)) return seen;
        if (seen.report !== undefined) throw new Error(`the drill ended: ${seen.report.reason}`);
        return undefined;
      },
      { what, timeoutMs: patienceMs, intervalMs: 50 },
    );

  const signal: RealDrills['signal'] = (workflowId, name, message) =>
    temporal.client.workflow.getHandle(workflowId).signal(name, message);
  const finished: RealDrills['finished'] = async (workflowId) => {
    const { report } = await until(workflowId, 'the report', (seen) => seen.report !== undefined);
    return report!;
  };

  return {
    temporal,
    ports,
    stateDir: stateFolder.root,
    until,
    signal,
    finished,
    async start(workflowId, plan) {
      lanes.add(plan.lane);
      const { taskQueue } = worker;
      await temporal.client.workflow.start(drillWorkflowType, { workflowId, taskQueue, args: [plan] });
    },
    async approved(workflowId) {
      const decides = (seen: DrillStatus): boolean => seen.waitingFor !== undefined || seen.report !== undefined;
      const waiting = await until(workflowId, 'approval', decides);
      if (waiting.report === undefined) await signal(workflowId, 'approveCutover', { approver: 'ann' });
      return finished(workflowId);
    },
    async [Symbol.asyncDispose]() {
      await worker.shutdown();
      for (const lane of lanes) await ports.lanes.open(lane).disposal!.teardown(() => undefined);
      await temporal.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
