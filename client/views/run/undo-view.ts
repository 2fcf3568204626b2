/** Renders the plan of an undo, and its outcome. */
import type { CutoverPlan } from '../../../domain/plan/plan.js';
import type { UndoStep } from '../../../domain/run/undo.js';
import { describeMs } from '../../../domain/units.js';
import type { AnswersClients } from '../../../infra/lanes/made/clients-name.js';
import type { LaneWorld } from '../../../infra/lanes/lane-world.js';
import type { StepAccount, UndoAccount } from '../../undo/undo-lane.js';
import type { Verdict } from '../../undo/verdict.js';
import { type Paint, plain, printable } from '../text.js';
import { renderSides, renderWorld } from './world-view.js';

interface Preview {
  readonly lane: string;
  /** The last run of the lane, if it did not give the lane back. */
  readonly leftBy?: { readonly drillId: string; readonly runId: string } | undefined;
  readonly world: LaneWorld;
  /** The server that answered to the clients' name. */
  readonly answeredBy: AnswersClients;
  readonly steps: readonly UndoStep[];
  readonly cutover: CutoverPlan;
}

export const renderUndoPreview = (
  { lane, leftBy, world, answeredBy, steps, cutover }: Preview,
  paint: Paint = plain,
): string => {
  const by = leftBy === undefined ? '' : `, left by drill ${leftBy.drillId} (run ${leftBy.runId})`;
  return [
    paint.bold(`Lane ${lane}${by}:`),
    ...renderFound(world, answeredBy, steps).map((sentence) => `  ${sentence}`),
    ...renderMove(world).map((sentence) => `  ${sentence}`),
    'To give the clients back to the source, with the data that it has:',
    ...steps.map((step, at) => `  ${at + 1}. ${describeStep(step, cutover)}`),
  ].join('\n');
};

/** An observation of the clients' name wins over a record that has them at the source. */
const renderFound = (world: LaneWorld, answeredBy: AnswersClients, steps: readonly UndoStep[]): readonly string[] =>
  world.clientsAt === 'source' && steps.includes('move-clients')
    ? [
        ...renderSides(world),
        `Clients may still be led to the target: the lane's record has them at the source, and their name is answered by ${describeAnswer(answeredBy)}.`,
      ]
    : renderWorld(world);

const describeAnswer = (answeredBy: AnswersClients): string =>
  ({
    source: 'the source',
    target: 'the target',
    stranger: 'a server that is neither side',
    unknown: 'a server that may be the target',
    silent: 'no server in time',
    nobody: 'no server',
  })[answeredBy];

/** Warns of clients that were moved and may have written since. */
const renderMove = ({ clientsAt, movedBy }: LaneWorld): readonly string[] => {
  if (movedBy === undefined || clientsAt !== 'target') return [];
  const { drillId, runId, at, to, cutover } = movedBy;
  return [
    `Drill ${drillId}${runId === undefined ? '' : ` (run ${runId})`} began to move them to the ${to} at ${at} (${cutover.way}).`,
    'What they wrote on the target since then is not on the source. It stays on the target until another drill makes it anew.',
  ];
};

const describeStep = (step: UndoStep, { way, command }: CutoverPlan): string => {
  switch (step) {
    case 'fence-target':
      return 'Fence the target';
    case 'recover-source':
      return 'Start the lost source again, and open it';
    case 'open-source':
      return "Lift the source's fence";
    case 'move-clients':
      return {
        edge: "Turn the clients' edge to the source",
        command: `Run ${JSON.stringify(command ?? '')} to move the clients to the source`,
        manual: 'Wait until a person has moved the clients to the source',
      }[way];
    case 'see-clients':
      return 'See that a client reaches the source';
    case 'open-target':
      return "Lift the target's fence";
  }
};

export const renderStep = ({ step, outcome, tookMs = 0, reason }: StepAccount, cutover: CutoverPlan): string => {
  const line = `${outcome === 'done' ? '✔' : '✘'} ${describeStep(step, cutover)}  ${describeMs(tookMs)}`;
  return reason === undefined ? line : `${line}\n  ${printable(reason)}`;
};

type UndoneAccount = Pick<UndoAccount, 'steps' | 'leftOnTarget'> &
  Pick<Verdict, 'outcome'> & { readonly answeredBy: AnswersClients };

export const renderUndone = (lane: string, { outcome, steps, leftOnTarget, answeredBy }: UndoneAccount): string => {
  if (steps.length === 0) {
    if (answeredBy === 'source') return `Nothing to undo: lane ${lane}'s clients are served by the source.`;
    return answeredBy !== 'nobody'
      ? `Nothing to undo, and lane ${lane}'s clients are not served by the source: their name is answered by ${describeAnswer(answeredBy)}. Move it to the source.`
      : `Nothing to undo: lane ${lane}'s clients belong to the source, and nothing is shut. Start what does not run with \`openbao-dr up ${lane}\`.`;
  }
  if (outcome === 'done') {
    return `Undone: lane ${lane}'s clients are served by the source. Drill again with \`openbao-dr drill ${lane}\`.`;
  }
  if (steps.every((step) => step.outcome === 'done')) {
    return `Not undone. Every step was done, and the name of lane ${lane}'s clients is answered by ${describeAnswer(answeredBy)}, not by the source. Find what moves it, then run \`openbao-dr undo ${lane}\` again.`;
  }
  const where = {
    true: 'The source was shut again, and clients that were on the target stay there.',
    false: 'The source did not come back, and the target could not be opened again: clients may have no service.',
    undefined: 'Clients may have no service.',
  }[String(leftOnTarget) as 'true' | 'false' | 'undefined'];
  return `Not undone. ${where} Mend what failed, then run \`openbao-dr undo ${lane}\` again: steps that were done are safe to repeat.`;
};
