import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { dirname } from 'node:path';
import { fencingCounter } from '../../domain/contract/cutover-command.js';
import { isKnownFailure, KnownFailure } from '../../domain/known-failure.js';
import type { Lane } from '../ports/lane.js';
import type { CutoverPlan } from '../../domain/plan/plan.js';
import type { PairSide, Topology } from '../../domain/pair/topology.js';
import { awaitLastCommand } from '../../systems/processes/supervised/await-last-command.js';
import { runSupervised, type SupervisedOutcome } from '../../systems/processes/supervised/run-supervised.js';
import { thisRun } from '../holding.js';
import type { ActivityPorts } from '../ports/activity-ports.js';
import { commandEnvironment } from './command-environment.js';
import { describeSeconds } from '../../domain/units.js';

export interface SwitchClientsInput {
  readonly topology: Topology;
  readonly drillId: string;
  readonly to: PairSide;
  readonly cutover: CutoverPlan;
}

type MovingLane = Pick<Lane, 'clients'>;

/** Moves the clients' name, for a drill's step and for `openbao-dr undo`. */
export interface MoveName extends SwitchClientsInput {
  readonly runId?: string;
}

/**
 * Moves what stands behind the clients' name, in the way of the plan: turns the lane's own edge, runs the operator's
 * program, or only notes what a person has done. Whether it took effect is for the caller to see. Safe to repeat as far as the
 * operator's program is.
 *
 * @throws KnownFailure as {@link createSwitchClients}.
 */
export const createMoveName = ({ cutoverCommands }: Pick<ActivityPorts, 'cutoverCommands'>) => {
  const runOperatorsProgram = async (
    lane: MovingLane,
    { topology, drillId, to, cutover, runId }: MoveName,
    signal: AbortSignal,
  ): Promise<void> => {
    const { command = '', timeoutSeconds } = cutover;
    const file = await cutoverCommands.resolve(command);
    const signFile = cutoverCommands.signFile(topology.lane);
    // That of a worker that was lost, say: two at once could leave the clients anywhere.
    await awaitLastCommand(signFile, { signal });
    // Recorded before it runs, and larger than any before: an older program that somehow goes on can be told by it.
    const move = { drillId, to, cutover, ...(runId !== undefined && { runId }) };
    const counter = await lane.clients.beginMove(move, signal);
    try {
      const ended = await runSupervised({
        file,
        env: commandEnvironment({ topology, drillId, to, counter }),
        cwd: dirname(file),
        logFile: await cutoverCommands.logFile(drillId),
        signFile,
        marks: [fencingCounter, 'OPENBAO_DR_DRILL_ID'],
        timeoutMs: timeoutSeconds * 1000,
        signal,
      });
      assertDone(command, ended, timeoutSeconds);
    } catch (error) {
      if (isKnownFailure(error, 'ProcessNotStarted')) throw failed(error.message);
      throw error;
    }
  };

  return async (lane: MovingLane, input: MoveName, signal: AbortSignal): Promise<void> => {
    const { drillId, to, cutover, runId } = input;
    if (cutover.way !== 'command') {
      await lane.clients.beginMove({ drillId, to, cutover, ...(runId !== undefined && { runId }) }, signal);
    }
    if (cutover.way === 'edge') return lane.clients.pointAt(to, signal);
    // As with the edge: a lane that does not know that clients may be on its target would let somebody wipe it.
    if (to === 'target') await lane.clients.noteAt(to, signal);
    if (cutover.way === 'command') await runOperatorsProgram(lane, input, signal);
    if (to === 'source') await lane.clients.noteAt(to, signal);
  };
};

/**
 * Moves the clients' name for a drill. See with `awaitClients` that it took effect.
 *
 * @throws KnownFailure `CutoverCommandFailed`: the program ended with another exit code than 0, or could not be started.
 * @throws KnownFailure `CutoverCommandTimedOut`: it took longer than the plan allows, and was killed.
 * @throws KnownFailure `CommandStillRuns` (a retry may help): the program of a worker that was lost is not seen dead.
 * @throws KnownFailure `CutoverCommandsOff`, `CutoverCommandMissing` or `CutoverCommandNotSafe`: it may not be run.
 */
export const createSwitchClients = ({ lanes, cutoverCommands }: Pick<ActivityPorts, 'lanes' | 'cutoverCommands'>) => {
  const moveName = createMoveName({ cutoverCommands });
  return async function switchClients(input: SwitchClientsInput): Promise<void> {
    const { topology, drillId } = input;
    const lane = await lanes.held(topology.lane, thisRun(drillId));
    const { runId } = activityInfo().workflowExecution ?? {};
    await moveName(lane, { ...input, ...(runId !== undefined && { runId }) }, cancellationSignal());
  };
};

/** What the program printed stays in its log: it may hold anything. */
const assertDone = (command: string, ended: SupervisedOutcome, timeoutSeconds: number): void => {
  const see = 'see cutover-command.log beside the report';
  if (ended.outcome === 'timed-out') {
    throw new KnownFailure(
      'CutoverCommandTimedOut',
      `The command ${JSON.stringify(command)} took longer than ${describeSeconds(timeoutSeconds)} and was killed: ${see}, or allow it more time`,
    );
  }
  if (ended.outcome === 'ended') throw failed(`The command ${JSON.stringify(command)} was killed: ${see}`, ended);
  if (ended.exitCode !== 0) throw failed(`The command ${JSON.stringify(command)} failed: ${see}`, ended);
};

const failed = (sentence: string, facts: { readonly exitCode?: number; readonly signal?: string } = {}): KnownFailure =>
  new KnownFailure('CutoverCommandFailed', sentence, { facts: { exitCode: facts.exitCode, signal: facts.signal } });
