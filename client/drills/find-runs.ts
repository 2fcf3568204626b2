/** Finds the runs of the drill's workflow, and the run that decides the state of a lane. */
import { type Client, type WorkflowExecutionInfo, WorkflowNotFoundError } from '@temporalio/client';
import { drillWorkflowId, drillWorkflowType } from '../../domain/contract/contract.js';
import { drillIdOf } from '../../domain/contract/drill-id.js';
import { reserveOn } from '../../domain/contract/queues.js';
import { drillLane, drillPhase, drillResult } from '../../domain/contract/search-attributes.js';
import { grpcStatus, statusOf } from '../../systems/temporal/failures.js';
import type { QueuesHere } from '../temporal/worker-here.js';

export interface FoundRun {
  /** The drill's id, as in its report. */
  readonly drillId: string;
  readonly workflowId: string;
  readonly runId: string;
  readonly lane: string | undefined;
  /** In Temporal's words: `RUNNING`, `COMPLETED`, `FAILED`, `CANCELLED`, `TERMINATED` … */
  readonly status: string;
  readonly open: boolean;
  /** Its phase; undefined once it has ended. */
  readonly phase: string | undefined;
  readonly result: string | undefined;
  readonly startedAt: string;
  readonly endedAt: string | undefined;
}

type Workflows = Pick<Client['workflow'], 'list' | 'getHandle'>;

/** Newest first, in Temporal's order. */
export const listRuns = async (workflows: Workflows, most: number): Promise<readonly FoundRun[]> =>
  query(workflows, `WorkflowType="${drillWorkflowType}"`, most);

/** Open runs of the task queue, newest first, without those that were started for another state folder. */
export const listOpenRuns = (
  workflows: Pick<Workflows, 'list'>,
  { main, steps }: Pick<QueuesHere, 'main' | 'steps'>,
  most: number,
): Promise<readonly FoundRun[]> =>
  query(workflows, `${ofDrills} AND ExecutionStatus="Running" AND TaskQueue="${main}"`, most, ({ memo }) =>
    [undefined, steps].includes(reserveOn(memo, main)),
  );

/** Ended runs come in the order of their ends, so the newest is among the first ones. */
const mostConsidered = 20;
/** The number of runs whose lanes are read one by one. */
const mostRead = 200;

/**
 * The run that decides a lane's state: the newest open run, whatever its workflow id and its starter, or else the newest ended
 * run. An open run comes first, because a later run that was refused beside it shows nothing about the lane.
 */
export const findNewestRun = async (workflows: Workflows, lane: string): Promise<FoundRun | undefined> => {
  const byId = `(WorkflowId="${drillWorkflowId(lane)}" OR WorkflowId STARTS_WITH "${drillWorkflowId(lane)}-")`;
  const [usual, ...listed] = await Promise.all([
    describeRun(workflows, drillWorkflowId(lane)),
    queryIfKnown(workflows, [
      { filter: `${drillLane.name}="${lane}"`, most: mostConsidered },
      // Those that do without search attributes in a namespace that has them.
      { filter: `${drillLane.name} IS NULL`, most: mostRead },
    ]),
    query(workflows, `${ofDrills} AND ${byId}`, mostConsidered),
  ]);
  const runs = [...(usual === undefined ? [] : [usual]), ...listed.flat()].filter((run) => isOfLane(run, lane));
  return runs.reduce<FoundRun | undefined>(
    (best, run) => (best === undefined || isBefore(run, best) ? run : best),
    undefined,
  );
};

const ofDrills = `WorkflowType="${drillWorkflowType}"`;

const isBefore = (run: FoundRun, other: FoundRun): boolean =>
  run.open === other.open ? run.startedAt > other.startedAt : run.open;

/** A schedule appends the time to its workflow id. */
const scheduledAt = /-\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

/** Matches the run's own lane, or else its workflow id: the run has not begun yet, or has no search attributes. */
const isOfLane = ({ lane, workflowId }: FoundRun, wanted: string): boolean =>
  lane === undefined ? workflowId.replace(scheduledAt, '') === drillWorkflowId(wanted) : lane === wanted;

/** Asks for the run directly, because a list shows a new run only after a moment. */
const describeRun = async (workflows: Workflows, workflowId: string): Promise<FoundRun | undefined> => {
  try {
    return found(await workflows.getHandle(workflowId).describe());
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
};

/** In a namespace without the search attributes, the lane is in the runs' memos, which can be read but not queried. */
const queryIfKnown = async (
  workflows: Workflows,
  wanted: readonly { readonly filter: string; readonly most: number }[],
): Promise<readonly FoundRun[]> => {
  try {
    const runs = wanted.map(({ filter, most }) => query(workflows, `${ofDrills} AND ${filter}`, most));
    return (await Promise.all(runs)).flat();
  } catch (error) {
    if (statusOf(error) === grpcStatus.invalidArgument) return listRuns(workflows, mostRead);
    throw error;
  }
};

const query = async (
  workflows: Pick<Workflows, 'list'>,
  filter: string,
  most: number,
  counts: (info: Pick<WorkflowExecutionInfo, 'memo'>) => boolean = () => true,
): Promise<readonly FoundRun[]> => {
  const runs: FoundRun[] = [];
  for await (const info of workflows.list({ query: filter, pageSize: most })) {
    if (counts(info)) runs.push(found(info));
    if (runs.length === most) break;
  }
  return runs;
};

const found = (info: Omit<WorkflowExecutionInfo, 'raw'>): FoundRun => {
  const { workflowId, runId, status, typedSearchAttributes, memo } = info;
  const told = (key: typeof drillLane): string | undefined => {
    const kept: unknown = memo?.[key.name];
    return typedSearchAttributes.get(key) ?? (typeof kept === 'string' ? kept : undefined);
  };
  // The status does not decide, because a paused workflow has not ended.
  const open = info.closeTime === undefined;
  const startedAt = info.startTime.toISOString();
  return {
    drillId: drillIdOf(startedAt, runId),
    workflowId,
    runId,
    lane: told(drillLane),
    status: status.name,
    open,
    phase: open ? told(drillPhase) : undefined,
    result: told(drillResult),
    startedAt,
    endedAt: info.closeTime?.toISOString(),
  };
};
