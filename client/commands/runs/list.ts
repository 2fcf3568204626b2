/** `openbao-dr list`: lists the lanes of this machine, and drills. */
import { readReservation } from '../../../infra/state/lane-reservations.js';
import { type Context, type ExitCode, type GlobalOptions, writeJson, writeLine } from '../../cli/context.js';
import { openDrills } from '../../drills/drills.js';
import { listReports } from '../../reports/reports.js';
import { findServer } from '../../temporal/servers.js';
import { columns, printable } from '../../views/text.js';
import { openWorkspace, type Workspace } from '../../cli/workspace.js';

interface ListOptions extends GlobalOptions {
  readonly json?: boolean;
}

interface ListedLane {
  readonly lane: string;
  /** A drill's id, or `up`. */
  readonly createdBy: string | undefined;
  /** The drill that holds the lane. */
  readonly heldBy: string | undefined;
}

interface Listed {
  readonly lane: string | undefined;
  readonly startedAt: string;
  /** When the drill ended. */
  readonly endedAt?: string;
  /** `running`, a drill's result, or how Temporal calls the end of its workflow. */
  readonly state: string;
  /** The phase of a drill that has not ended. */
  readonly phase: string | undefined;
  /** The name that `report` takes. */
  readonly drillId: string;
  readonly workflowId: string;
  readonly runId: string;
}

const mostReports = 100;

export const runList = async (context: Context, { json = false, ...options }: ListOptions): Promise<ExitCode> => {
  const workspace = await openWorkspace(context, options, () => undefined);
  const lanes = await listLanes(workspace);
  const { drills, from } = await listDrills(context, workspace);
  if (json) writeJson(context.stdout, { lanes, drills, from });
  else writeLine(context.stdout, render(lanes, drills, from));
  return 0;
};

const listLanes = async ({ lanes, stateFolder }: Workspace): Promise<readonly ListedLane[]> =>
  Promise.all(
    (await lanes.list()).map(async (lane) => ({
      lane,
      createdBy: await lanes.open(lane).disposal?.createdBy(),
      heldBy: (await readReservation(stateFolder, lane))?.drillId,
    })),
  );

interface ListedDrills {
  /** Newest first. */
  readonly drills: readonly Listed[];
  readonly from: string;
}

/** Joins the drills that Temporal knows with those that only have a report on this machine. */
const listDrills = async (context: Context, workspace: Workspace): Promise<ListedDrills> => {
  const here = 'reports on this machine';
  const reports = await fromReports(workspace);
  const server = await findServer(context, workspace);
  if (server === undefined) return { drills: reports, from: here };
  try {
    const known = (await openDrills(server).list()).map(({ status, result, open, endedAt, ...drill }) => ({
      ...drill,
      state: open ? 'running' : (result ?? status.toLowerCase()),
      ...(endedAt !== undefined && { endedAt }),
    }));
    const ids = new Set(known.map(({ drillId }) => drillId));
    const drills = [...known, ...reports.filter(({ drillId }) => !ids.has(drillId))];
    drills.sort((one, other) => other.startedAt.localeCompare(one.startedAt));
    return { drills, from: `Temporal at ${server.settings.address}, and ${here}` };
  } finally {
    await server.close();
  }
};

const fromReports = async ({ stateFolder }: Workspace): Promise<readonly Listed[]> => {
  const drills: Listed[] = [];
  for await (const { report } of listReports(stateFolder)) {
    const { lane, startedAt, endedAt, result, drillId, workflowId, runId } = report;
    drills.push({ lane, startedAt, endedAt, state: result, phase: undefined, drillId, workflowId, runId });
    if (drills.length === mostReports) break;
  }
  return drills;
};

const render = (lanes: readonly ListedLane[], drills: readonly Listed[], from: string): string =>
  [
    lanes.length === 0 ? 'No lanes on this machine.' : 'Lanes',
    ...(lanes.length === 0
      ? []
      : [
          columns([
            ['LANE', 'MADE BY', 'HELD BY'],
            ...lanes.map(({ lane, createdBy, heldBy }) => [lane, createdBy ?? '-', heldBy ?? '-']),
          ]),
        ]),
    '',
    drills.length === 0 ? `No drills (${from}).` : `Drills (${from})`,
    ...(drills.length === 0
      ? []
      : [
          columns([
            ['LANE', 'STARTED', 'STATE', 'PHASE', 'DRILL', 'WORKFLOW'],
            ...drills.map(({ lane, startedAt, state, phase, drillId, workflowId }) =>
              [lane ?? '-', startedAt, state, phase ?? '', drillId, workflowId].map(printable),
            ),
          ]),
        ]),
  ].join('\n');
