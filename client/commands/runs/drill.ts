/** `openbao-dr drill`: one drill from its start to its report, with everything it needs brought along. */
import { KnownFailure } from '../../../domain/known-failure.js';
import type { AdoptablePart, DrillPlan } from '../../../domain/plan/plan.js';
import type { Context, ExitCode, GlobalOptions } from '../../cli/context.js';
import { assertNamed } from '../../attending/assert-named.js';
import { askWhatToDo } from '../../attending/ask-what-to-do.js';
import { createCrew, needsWorker } from '../../attending/crew.js';
import { alreadyRunning, openDrills } from '../../drills/drills.js';
import { cancelDrill, type GoOn, resumeDrill } from '../../attending/go-on.js';
import { seeThrough } from '../../attending/see-through.js';
import { requestPlan } from '../../cli/plan-file.js';
import { serverForDrill } from '../../temporal/servers.js';
import { queuesHere } from '../../temporal/worker-here.js';
import { createDrillView, createQuietDrillView } from '../../views/run/drill-view.js';
import { paintFor } from '../../views/text.js';
import { openWorkspace } from '../../cli/workspace.js';

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
  const watched = context.stdout.isTTY === true;
  const requested = await requestPlan({
    lane,
    file: options.plan,
    keep: options.keep,
    overrides: { adopt, hostAddress },
    watched,
  });
  assertMayApprove(requested.plan, approveAs);

  const output = json ? context.stderr : context.stdout;
  const view = quiet ? createQuietDrillView(output) : createDrillView(output, paintFor(output, context.environment));
  const progress = (message: string): void => (quiet ? undefined : view.note(message));
  const workspace = await openWorkspace(context, options, progress, { builds: true });
  const assertPossible = once(() => {
    // Fails at once and in one sentence, which a drill would do only after its attempts, in a report.
    const { lane: name, ...plan } = requested.plan;
    return workspace.lanes.open(name).assertPossible?.(plan, context.interruption.first);
  });
  const server = await serverForDrill(context, workspace, progress, assertPossible);
  const crew = createCrew(context, options, workspace, server);
  try {
    const drills = openDrills(server);
    const { lane: name } = requested.plan;
    const common = { context, output, view, progress, workspace, server, crew, lane: name, approveAs, json };
    const open = await drills.findOpen(name);
    if (open !== undefined) return await goOnInstead({ ...common, drills, drill: open });
    const queues = queuesHere(context, workspace);
    if (await needsWorker(server, drills, queues)) {
      await assertPossible();
      await crew.bringWorker();
    }
    context.interruption.first.throwIfAborted();

    const drill = await drills.start(name, requested.input, queues);
    return (await seeThrough({ ...common, drill })).exitCode;
  } finally {
    view.end();
    await crew.leave(view);
  }
};

/** A second drill of the lane would be refused, so the first has to be settled before. */
const goOnInstead = async (parts: GoOn): Promise<ExitCode> => {
  const { context, output, lane, drill, view } = parts;
  if (context.stdin.isTTY !== true || output.isTTY !== true) throw alreadyRunning(lane);
  const answer = await askWhatToDo({ input: context.stdin, output, lane, run: drill.run, view });
  if (answer === 'resume') return resumeDrill(parts);
  if (answer === 'cancel') return cancelDrill(parts);
  throw alreadyRunning(lane);
};

const assertMayApprove = ({ approval: { approvers } }: DrillPlan, approveAs: string | undefined): void => {
  if (approveAs === undefined) return;
  assertNamed(approveAs);
  if (approvers.length === 0 || approvers.includes(approveAs.trim())) return;
  const sentence = `The plan does not let ${JSON.stringify(approveAs)} approve, only ${approvers.join(', ')}: name one of them with --approve-as, or leave it out.`;
  throw new KnownFailure('InvalidApprover', sentence);
};

/** Remembers the first answer. */
const once = (ask: () => Promise<void> | undefined): (() => Promise<void>) => {
  let answer: Promise<void> | undefined;
  return () => (answer ??= Promise.resolve(ask()));
};
