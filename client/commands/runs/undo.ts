/** `openbao-dr undo`: gives clients back to the source after their drill is gone, and keeps the data. */
import { createLogIn } from '../../../infra/connect/credentials/log-in.js';
import { confirm } from '@clack/prompts';
import { createSeeClients } from '../../../activities/cutover/await-clients.js';
import { createSites } from '../../../activities/connect/sites.js';
import { KnownFailure } from '../../../domain/known-failure.js';
import type { LaneHolder } from '../../../activities/ports/reservations.js';
import type { CutoverPlan } from '../../../domain/plan/plan.js';
import type { Topology } from '../../../domain/pair/topology.js';
import { planUndo, type UndoStep } from '../../../domain/run/undo.js';
import {
  type AnswersClients,
  findWhoAnswersAfterMove,
  findWhoAnswersClients,
  targetMayServe,
} from '../../../infra/lanes/made/clients-name.js';
import { createCutoverCommands } from '../../../infra/state/cutover-commands.js';
import { createLaneReservations, readReservation } from '../../../infra/state/lane-reservations.js';
import { readLaneTopology } from '../../../infra/lanes/lane-topology.js';
import { type LaneWorld, readLaneWorld } from '../../../infra/lanes/lane-world.js';
import { createMaterials } from '../../../infra/state/materials.js';
import { createOpenBao } from '../../../systems/openbao/api/client.js';
import {
  type Context,
  type ExitCode,
  type GlobalOptions,
  progressTo,
  writeJson,
  writeLine,
} from '../../cli/context.js';
import { askHolder } from '../../undo/lane-holder.js';
import { requestLane } from '../../cli/plan-file.js';
import { assertNotKept } from '../../undo/kept-clients.js';
import { awaitHandMove } from '../../undo/hand-move.js';
import { type UndoAccount, undoLane } from '../../undo/undo-lane.js';
import { judgeUndo, type Verdict } from '../../undo/verdict.js';
import { createWayBack } from '../../undo/way-back.js';
import { paintFor } from '../../views/text.js';
import { renderStep, renderUndone, renderUndoPreview } from '../../views/run/undo-view.js';
import { renderSides } from '../../views/run/world-view.js';
import { openWorkspace, type Workspace } from '../../cli/workspace.js';

interface UndoOptions extends GlobalOptions {
  /** Ask nothing. */
  readonly yes?: boolean;
  /** Undo even if the drill kept the clients on the target by its plan, or its Temporal server does not answer. */
  readonly force?: boolean;
  readonly json?: boolean;
}

/** The state in which a lane was found. */
interface Found {
  readonly lane: string;
  readonly leftBy: LaneHolder | undefined;
  readonly world: LaneWorld;
  /** The server that answered to the clients' name. */
  readonly answeredBy: AnswersClients;
  readonly steps: readonly UndoStep[];
  readonly cutover: CutoverPlan;
  readonly topology: Topology;
}

interface Undone extends Omit<UndoAccount, 'outcome'>, Verdict {
  /** The server that answers to the clients' name now. */
  readonly answeredBy: AnswersClients;
}

/** Returns the lane to the ended drill, because not everything was undone. */
class NotUndone extends Error {
  override readonly name = 'NotUndone';

  constructor(readonly undone: Undone | undefined) {
    super();
  }
}

/** The plan of a drill that ended before it moved clients, or of an older version. */
const byEdge: CutoverPlan = { way: 'edge', timeoutSeconds: 60 };

/**
 * Exit codes: 0 if clients are back, or nothing had to be undone; 1 if a step failed or the source does not answer to their
 * name; 130 if the person said no, or stopped it.
 */
export const runUndo = async (
  context: Context,
  lane: string | undefined,
  { yes = false, force = false, json = false, ...options }: UndoOptions,
): Promise<ExitCode> => {
  const name = requestLane(lane);
  const tell = progressTo(context, options);
  const workspace = await openWorkspace(context, options, tell);
  const { stateFolder } = workspace;
  const leftBy = await readReservation(stateFolder, name);
  const isRunning = (holder: LaneHolder) => assertOver(context, workspace, { lane: name, holder, force });
  let found: Found | undefined;
  const undo = async (): Promise<Undone> => {
    found = await look(workspace, name, leftBy);
    if (found.steps.length === 0) return judged({ outcome: 'done', steps: [] }, found.answeredBy);
    if (!force) await assertNotKept(stateFolder, name, found.world);
    const ports = openPorts(context, workspace);
    const { cutover, topology } = found;
    // Checks its needs first, before it takes service from clients.
    if (found.steps.includes('move-clients') && cutover.way === 'command') {
      await ports.cutoverCommands.resolve(cutover.command ?? '');
    }
    writeLine(context.stderr, renderUndoPreview(found, paintFor(context.stderr, context.environment)));
    if (!yes) await askFirst(context, name);
    const seeClients = createSeeClients(ports);
    const doing = createWayBack(
      ports,
      {
        topology,
        drillId: drillOf(found),
        cutover,
        handMove: () =>
          awaitHandMove(context, {
            topology,
            timeoutSeconds: cutover.timeoutSeconds,
            seen: (signal) => seeClients({ topology, to: 'source', timeoutSeconds: cutover.timeoutSeconds }, signal),
            mayAsk: !yes,
          }),
      },
      context.interruption.second,
    );
    const account = await undoLane(found.steps, doing, (step) => tell(renderStep(step, cutover)), context.interruption);
    const undone = judged(account, await lookAfter(account)(topology));
    if (undone.outcome === 'failed') {
      // The facts that a person needs to mend it.
      const left = (await readLaneWorld(stateFolder, name)) ?? found.world;
      for (const sentence of renderSides(left)) writeLine(context.stderr, sentence);
      throw new NotUndone(undone);
    }
    return undone;
  };
  try {
    const undone = await createLaneReservations({ stateFolder, isRunning }).whileFree(name, undo);
    return print(context, json, found, undone);
  } catch (error) {
    if (!(error instanceof NotUndone)) throw error;
    if (error.undone === undefined) {
      writeLine(context.stderr, 'Nothing was done.');
      return 130;
    }
    return print(context, json, found, error.undone);
  }
};

const look = async ({ stateFolder }: Workspace, lane: string, leftBy: LaneHolder | undefined): Promise<Found> => {
  const topology = await readLaneTopology(stateFolder, lane);
  const world = await readLaneWorld(stateFolder, lane);
  if (world === undefined) throw new KnownFailure('LaneMissing', `There is no lane ${lane} on this machine.`);
  const answeredBy = await findWhoAnswersClients(topology);
  const steps = planUndo({
    ...world,
    targetMayAnswer: targetMayServe(answeredBy),
    sourceAnswers: answeredBy === 'source',
  });
  const { command, ...moved } = world.movedBy?.cutover ?? byEdge;
  const cutover = { ...moved, ...(command !== undefined && { command }) };
  return { lane, leftBy, world, answeredBy, steps, cutover, topology };
};

const openPorts = ({ environment }: Context, { stateFolder, lanes }: Workspace) => ({
  lanes,
  sites: createSites({ references: createMaterials(stateFolder), logIn: createLogIn(), connect: createOpenBao }),
  cutoverCommands: createCutoverCommands({ folder: environment['OPENBAO_DR_CUTOVER_COMMANDS'], stateFolder }),
});

const drillOf = ({ world, leftBy, lane }: Found): string =>
  world.movedBy?.drillId ?? leftBy?.drillId ?? world.targetUsedBy ?? lane;

const askFirst = async ({ stdin, stderr }: Context, lane: string): Promise<void> => {
  if (stdin.isTTY !== true || stderr.isTTY !== true) {
    throw new KnownFailure(
      'NotConfirmed',
      `Nothing was done, and there is no terminal to ask at: if that is right, say \`openbao-dr undo ${lane} --yes\`.`,
    );
  }
  const message = 'Give the clients back to the source?';
  if ((await confirm({ input: stdin, output: stderr, message, initialValue: false })) !== true) {
    throw new NotUndone(undefined);
  }
};

interface Asked {
  readonly lane: string;
  readonly holder: LaneHolder;
  readonly force: boolean;
}

/** A running drill undoes its own steps: two undos at once would work against each other. */
const assertOver = async (context: Context, workspace: Workspace, { lane, holder, force }: Asked): Promise<false> => {
  const runs = await askHolder(context, workspace, holder);
  if (runs === false || (runs === 'unknown' && force)) return false;
  const { drillId, workflowId, runId } = holder;
  const sentence =
    runs === true
      ? `Drill ${drillId} of lane ${lane} has not ended: let it undo what it did with \`openbao-dr cancel ${lane}\`, or go on with ` +
        `\`openbao-dr resume ${lane}\`. If nothing moves it any more, terminate workflow ${workflowId}, then undo.`
      : `Drill ${drillId} of lane ${lane} may still run, and its Temporal server does not answer here: start it, or, if it is gone ` +
        `for good, undo all the same with \`openbao-dr undo ${lane} --force\`.`;
  throw new KnownFailure('LaneBusy', sentence, { facts: { workflowId, runId } });
};

/** A failure is reported at once; after a move, the edge gets the time it takes to follow. */
const lookAfter = ({ outcome }: UndoAccount) => (outcome === 'done' ? findWhoAnswersAfterMove : findWhoAnswersClients);

const judged = (account: UndoAccount, answeredBy: AnswersClients): Undone => ({
  ...account,
  ...judgeUndo(account, answeredBy),
  answeredBy,
});

const print = (
  { stdout }: Context,
  json: boolean,
  found: Found | undefined,
  { exitCode, ...undone }: Undone,
): ExitCode => {
  if (found === undefined) return exitCode;
  const { lane, leftBy, world } = found;
  if (json) writeJson(stdout, { lane, ...undone, leftBy, world });
  else writeLine(stdout, renderUndone(lane, undone));
  return exitCode;
};
