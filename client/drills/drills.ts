/** The drills of one Temporal server: started, found and listed. */
import { WorkflowExecutionAlreadyStartedError, type WorkflowHandle } from '@temporalio/client';
import { drillWorkflowId, drillWorkflowType } from '../../domain/contract/contract.js';
import { KnownFailure } from '../../domain/known-failure.js';
import { reserveOnMemo } from '../../domain/contract/queues.js';
import type { TemporalServer } from '../temporal/servers.js';
import type { QueuesHere } from '../temporal/worker-here.js';
import { type Drill, openDrill } from './drill.js';
import { findNewestRun, type FoundRun, listRuns } from './find-runs.js';
import { watchHistory } from './history-watch.js';
import { explainSilence } from './silence.js';

export interface FoundDrill extends Drill {
  readonly run: FoundRun;
}

export interface Drills {
  /**
   * Starts a drill whose lane is in the state folder of `queues`: its steps run there and nowhere else.
   *
   * @param input the plan as typed.
   * @throws KnownFailure `DrillAlreadyRunning`.
   */
  start(lane: string, input: unknown, queues: QueuesHere): Promise<Drill>;
  /**
   * The lane's newest drill by `findNewestRun`: open or over, whatever its workflow id.
   *
   * @throws KnownFailure `DrillNotFound`.
   */
  find(lane: string): Promise<FoundDrill>;
  /** The lane's drill that has not ended, if it has one. */
  findOpen(lane: string): Promise<FoundDrill | undefined>;
  /** In Temporal's order: running drills, then those that ended last; at most a hundred. */
  list(): Promise<readonly FoundRun[]>;
  /**
   * Whether a worker with the state folder of `queues` has asked for work lately. A worker that ended just now may still seem
   * present.
   */
  haveWorker(queues: QueuesHere): Promise<boolean>;
}

const recentMs = 90_000;
const mostListed = 100;
/** temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY */
const activityTasks = 2;

export const openDrills = ({ client, connection, settings }: TemporalServer): Drills => {
  const { namespace } = settings;

  const open = (lane: string, handle: WorkflowHandle, runId?: string): Drill => {
    const run = { workflowId: handle.workflowId, runId };
    return openDrill(client, handle, {
      lane,
      ...(runId !== undefined && { runId }),
      history: watchHistory(client.workflow, run),
      explain: async (error) => explainSilence(client.workflow, { description: await handle.describe(), error }),
    });
  };
  const newest = async (lane: string): Promise<FoundDrill | undefined> => {
    const run = await findNewestRun(client.workflow, lane);
    if (run === undefined) return undefined;
    return { ...open(lane, client.workflow.getHandle(run.workflowId, run.runId), run.runId), run };
  };

  return {
    async start(lane, input, { main, steps }) {
      try {
        const handle = await client.workflow.start(drillWorkflowType, {
          workflowId: drillWorkflowId(lane),
          taskQueue: main,
          memo: { [reserveOnMemo]: steps },
          args: [input],
          workflowIdConflictPolicy: 'FAIL',
          staticSummary: `Disaster-recovery drill on lane ${lane}`,
          staticDetails: detailsOf(lane),
        });
        return open(lane, handle, handle.firstExecutionRunId);
      } catch (error) {
        if (error instanceof WorkflowExecutionAlreadyStartedError) throw alreadyRunning(lane);
        throw error;
      }
    },
    async find(lane) {
      const drill = await newest(lane);
      if (drill === undefined) throw noneOfLane(lane);
      return drill;
    },
    async findOpen(lane) {
      const drill = await newest(lane);
      return drill?.run.open === true ? drill : undefined;
    },
    list: () => listRuns(client.workflow, mostListed),
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

/** Explains the run to people who find it in Temporal's UI before its first step: its purpose, and its commands. */
const detailsOf = (lane: string): string =>
  [
    `Backs the source of lane \`${lane}\` up, restores it into the target, proves what came back, waits for a person, and moves the clients.`,
    '',
    `- \`openbao-dr watch ${lane}\` follows it, \`openbao-dr status ${lane}\` shows how it is`,
    `- \`openbao-dr approve ${lane}\` and \`openbao-dr reject ${lane}\` decide on it while it waits`,
    `- \`openbao-dr cancel ${lane}\` undoes what it did; a terminate undoes nothing`,
  ].join('\n');

/** The advice for a drill that finds another one: each command brings the server and the worker that it needs. */
export const alreadyRunning = (lane: string): KnownFailure =>
  new KnownFailure(
    'DrillAlreadyRunning',
    `A drill of lane ${lane} has not ended: go on with it by \`openbao-dr resume ${lane}\`, or undo it and end it by ` +
      `\`openbao-dr cancel ${lane}\`; \`openbao-dr status ${lane}\` shows how it is.`,
    { facts: { workflowId: drillWorkflowId(lane) } },
  );

const noneOfLane = (lane: string): KnownFailure =>
  new KnownFailure('DrillNotFound', `There is no drill of lane ${lane}: start one with \`openbao-dr drill ${lane}\`.`);
