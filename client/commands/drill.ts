/** `openbao-dr drill`: one drill from its start to its report, with everything it needs brought along. */
import { KnownFailure } from '../../domain/known-failure.js';
import type { AdoptablePart, DrillPlan } from '../../domain/plan.js';
import type { DrillReport } from '../../domain/report.js';
import { type Context, type ExitCode, type GlobalOptions, type Output, writeJson, writeLine } from '../context.js';
import { createOnWaiting } from '../drills/on-waiting.js';
import type { Drill } from '../drills/drill.js';
import { type Drills, openDrills } from '../drills/drills.js';
import { followDrill } from '../drills/follow-drill.js';
import { exitCodeOf } from '../exit-code.js';
import { Interrupted } from '../interruption.js';
import { requestPlan } from '../plan-file.js';
import { readReport } from '../reports.js';
import { serverForDrill, type TemporalServer } from '../temporal/servers.js';
import { queuesHere, type QueuesHere, type RunningWorker, startWorkerHere } from '../temporal/worker-here.js';
import { createDrillView, createQuietDrillView, type DrillView } from '../views/drill-view.js';
import { renderResult } from '../views/result.js';
import { whereToLook } from '../views/where-to-look.js';
import { paintFor } from '../views/text.js';
import { openWorkspace, type Workspace } from '../workspace.js';

interface DrillOptions extends GlobalOptions {
  readonly plan?: string;
  readonly adopt?: readonly AdoptablePart[];
  readonly hostAddress?: string;
  readonly approveAs?: string;
  readonly keep?: boolean;
  readonly json?: boolean;
}

export const runDrill = async (
  context: Context,
  lane: string | undefined,
  options: DrillOptions,
): Promise<ExitCode> => {
  const { json = false, quiet = false, approveAs, adopt, hostAddress } = options;
  const requested = await requestPlan({ lane, file: options.plan, keep: options.keep, k3d: { adopt, hostAddress } });
  assertMayApprove(requested.plan, approveAs);

  const output = json ? context.stderr : context.stdout;
  const view = quiet ? createQuietDrillView(output) : createDrillView(output, paintFor(output, context.environment));
  const progress = (message: string): void => (quiet ? undefined : view.note(message));
  const workspace = await openWorkspace(context, options, progress, { builds: true });
  const assertPossible = once(() => {
    // Said at once and in one sentence, where a drill would say it after its attempts, in a report.
    const { lane: name, ...plan } = requested.plan;
    return workspace.lanes.open(name).assertPossible?.(plan, context.interruption.first);
  });
  const server = await serverForDrill(context, workspace, progress, assertPossible);
  const crew = createCrew(context, options, workspace, server);
  try {
    const drills = openDrills(server);
    await drills.assertNoneRuns(requested.plan.lane);
    const queues = queuesHere(context, workspace);
    if (await needsWorker(server, drills, queues)) {
      await assertPossible();
      await crew.bringWorker();
    }
    context.interruption.first.throwIfAborted();

    const drill = await drills.start(requested.plan.lane, requested.input, queues);
    progress(whereToLook(server, drill));
    const report = await conduct({ context, output, view, workspace, server, drill, crew, approveAs });
    view.end();
    if (json) writeJson(context.stdout, report);
    // A worker elsewhere keeps the report where it runs.
    const kept = await readReport(workspace.stateFolder, report.drillId);
    writeLine(output, `\n${renderResult(report, kept?.folder, paintFor(output, context.environment))}`);
    return cancelledHere(context, report) ? 130 : exitCodeOf(report);
  } finally {
    view.end();
    await crew.leave(view);
  }
};

interface Conduct {
  readonly context: Context;
  readonly output: Output;
  readonly view: DrillView;
  readonly workspace: Workspace;
  readonly server: TemporalServer;
  readonly drill: Drill;
  readonly crew: Crew;
  readonly approveAs: string | undefined;
}

/** Follows a drill of ours: the first Ctrl-C cancels it and waits for its undoing, the second leaves it to itself. */
const conduct = async (conducted: Conduct): Promise<DrillReport> => {
  const { context, output, view, workspace, server, drill, crew, approveAs } = conducted;
  const { first, second } = context.interruption;
  const cancel = (): void => {
    view.note('Stopping: the drill undoes what it did. Press Ctrl-C again to leave at once.');
    drill.cancel().catch((error: unknown) => view.note(`It could not be cancelled: ${String(error)}`));
  };
  if (first.aborted) cancel();
  else first.addEventListener('abort', cancel, { once: true });
  const paint = paintFor(output, context.environment);
  try {
    const followed = followDrill(drill, {
      onStatus: view.show,
      onWaiting: createOnWaiting({ context, output, paint, view, server, tools: workspace.tools, drill, approveAs }),
      onSilence: async () => {
        if (crew.hasWorker()) return;
        view.note('No worker answers: bringing one.');
        await crew.bringWorker();
      },
      signal: second,
    });
    return await Promise.race([followed, crew.failed]);
  } catch (error) {
    if (error instanceof Interrupted) throw new Interrupted(leftBehind(server, first.aborted));
    throw error;
  } finally {
    first.removeEventListener('abort', cancel);
  }
};

const leftBehind = ({ own }: TemporalServer, cancelled: boolean): string => {
  const goesOn = cancelled ? 'finishes its clean-up' : 'goes on';
  const command = own ? 'openbao-dr dev' : 'openbao-dr worker';
  return `Left as it is: the drill ${goesOn} as soon as a worker is there, as with \`${command}\`.`;
};

interface Crew {
  hasWorker(): boolean;
  bringWorker(): Promise<void>;
  /** Rejects if the worker fails. */
  readonly failed: Promise<never>;
  leave(view: DrillView): Promise<void>;
}

/** The worker and the server that came with the drill, and go when it is over. */
const createCrew = (context: Context, options: GlobalOptions, workspace: Workspace, server: TemporalServer): Crew => {
  let worker: RunningWorker | undefined;
  let fail!: (error: unknown) => void;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  failed.catch(() => undefined);
  return {
    failed,
    hasWorker: () => worker !== undefined,
    async bringWorker() {
      // The drill's own view tells the rest.
      worker = await startWorkerHere(context, options, workspace, { settings: server.settings, logLevel: 'ERROR' });
      worker.run.catch(fail);
    },
    async leave(view) {
      const gone = (error: unknown): void => view.note(`Could not leave in good order: ${describe(error)}`);
      // Whoever leaves at once does not wait for activities: another worker tries them again.
      if (!context.interruption.second.aborted) await worker?.shutdown().catch(gone);
      await server.close().catch(gone);
    },
  };
};

const describe = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const needsWorker = async (server: TemporalServer, drills: Drills, queues: QueuesHere): Promise<boolean> =>
  server.own || !(await drills.haveWorker(queues));

const assertMayApprove = ({ approval: { approvers } }: DrillPlan, approveAs: string | undefined): void => {
  if (approveAs === undefined) return;
  if (approveAs.trim() === '') throw new KnownFailure('InvalidApprover', 'The name given with --approve-as is empty.');
  if (approvers.length === 0 || approvers.includes(approveAs.trim())) return;
  const sentence = `The plan does not let ${JSON.stringify(approveAs)} approve, only ${approvers.join(', ')}: name one of them with --approve-as, or leave it out.`;
  throw new KnownFailure('InvalidApprover', sentence);
};

const cancelledHere = ({ interruption }: Context, { result }: DrillReport): boolean =>
  interruption.first.aborted && result === 'cancelled';

/** Asked a second time, it answers what it did the first. */
const once = (ask: () => Promise<void> | undefined): (() => Promise<void>) => {
  let answer: Promise<void> | undefined;
  return () => (answer ??= Promise.resolve(ask()));
};
