/** The drills of one Temporal server: started, found and listed. */
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import { drillWorkflowId, drillWorkflowType } from '../../domain/contract.js';
import { KnownFailure } from '../../domain/known-failure.js';
import { reserveOnMemo } from '../../domain/queues.js';
import { drillLane, drillPhase, drillResult } from '../../domain/search-attributes.js';
import type { TemporalServer } from '../temporal/servers.js';
import type { QueuesHere } from '../temporal/worker-here.js';
import { type Drill, openDrill } from './drill.js';

interface ListedDrill {
  readonly workflowId: string;
  readonly runId: string;
  readonly lane: string | undefined;
  /** In Temporal's words: `RUNNING`, `COMPLETED`, `FAILED`, `CANCELLED`, `TERMINATED` … */
  readonly status: string;
  readonly phase: string | undefined;
  readonly result: string | undefined;
  readonly startedAt: string;
  readonly endedAt: string | undefined;
}

export interface Drills {
  /** @throws KnownFailure `DrillAlreadyRunning`, saying how to follow, decide and end it. */
  assertNoneRuns(lane: string): Promise<void>;
  /**
   * Starts a drill whose lane is in the state folder of `queues`: its steps run there and nowhere else.
   *
   * @param input the plan as typed.
   * @throws KnownFailure `DrillAlreadyRunning`.
   */
  start(lane: string, input: unknown, queues: QueuesHere): Promise<Drill>;
  /**
   * The lane's drill: the one that runs, whatever its workflow id, else the last one started under the usual id.
   *
   * @throws KnownFailure `DrillNotFound`.
   */
  find(lane: string): Promise<Drill>;
  /** Newest first, at most a hundred. */
  list(): Promise<readonly ListedDrill[]>;
  /**
   * Whether a worker with the state folder of `queues` has asked for work lately. One that ended just now may still seem to be
   * there.
   */
  haveWorker(queues: QueuesHere): Promise<boolean>;
}

const recentMs = 90_000;
const mostListed = 100;
/** temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY */
const activityTasks = 2;

export const openDrills = ({ client, connection, settings }: TemporalServer): Drills => {
  const { namespace } = settings;

  const isRunning = async (workflowId: string): Promise<boolean> => {
    try {
      return (await client.workflow.getHandle(workflowId).describe()).status.name === 'RUNNING';
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    }
  };

  const query = async (filter: string, most: number): Promise<readonly ListedDrill[]> => {
    const drills: ListedDrill[] = [];
    for await (const info of client.workflow.list({ query: filter, pageSize: most })) {
      drills.push({
        workflowId: info.workflowId,
        runId: info.runId,
        lane: info.typedSearchAttributes.get(drillLane),
        status: info.status.name,
        phase: info.typedSearchAttributes.get(drillPhase),
        result: info.typedSearchAttributes.get(drillResult),
        startedAt: info.startTime.toISOString(),
        endedAt: info.closeTime?.toISOString(),
      });
      if (drills.length === most) break;
    }
    return drills;
  };

  return {
    async assertNoneRuns(lane) {
      if (await isRunning(drillWorkflowId(lane))) throw alreadyRunning(lane);
    },
    async start(lane, input, { main, steps }) {
      try {
        const handle = await client.workflow.start(drillWorkflowType, {
          workflowId: drillWorkflowId(lane),
          taskQueue: main,
          memo: { [reserveOnMemo]: steps },
          args: [input],
          workflowIdConflictPolicy: 'FAIL',
          staticSummary: `Disaster-recovery drill on lane ${lane}`,
        });
        return openDrill(client, handle, { lane, runId: handle.firstExecutionRunId });
      } catch (error) {
        if (error instanceof WorkflowExecutionAlreadyStartedError) throw alreadyRunning(lane);
        throw error;
      }
    },
    async find(lane) {
      const usual = drillWorkflowId(lane);
      if (await isRunning(usual)) return openDrill(client, client.workflow.getHandle(usual), { lane });
      const filter = `WorkflowType="${drillWorkflowType}" AND ExecutionStatus="Running" AND ${drillLane.name}="${lane}"`;
      const [running] = await query(filter, 1).catch(() => []);
      if (running !== undefined) {
        const { workflowId, runId } = running;
        return openDrill(client, client.workflow.getHandle(workflowId, runId), { lane, runId });
      }
      const handle = client.workflow.getHandle(usual);
      try {
        return openDrill(client, handle, { lane, runId: (await handle.describe()).runId });
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) throw noneOfLane(lane);
        throw error;
      }
    },
    list: () => query(`WorkflowType="${drillWorkflowType}"`, mostListed),
    async haveWorker({ steps }) {
      const { pollers } = await connection.workflowService.describeTaskQueue({
        namespace,
        taskQueue: { name: steps },
        taskQueueType: activityTasks,
      });
      const oldest = Date.now() - recentMs;
      return (pollers ?? []).some(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000 >= oldest);
    },
  };
};

const alreadyRunning = (lane: string): KnownFailure =>
  new KnownFailure(
    'DrillAlreadyRunning',
    `A drill of lane ${lane} runs already: follow it with \`openbao-dr watch ${lane}\`, decide with ` +
      `\`openbao-dr approve ${lane} --as NAME\`, or end it with \`temporal workflow cancel --workflow-id ${drillWorkflowId(lane)}\`; ` +
      'if its worker is gone, `openbao-dr dev` brings one.',
    { facts: { workflowId: drillWorkflowId(lane) } },
  );

const noneOfLane = (lane: string): KnownFailure =>
  new KnownFailure('DrillNotFound', `There is no drill of lane ${lane}: start one with \`openbao-dr drill ${lane}\`.`);
