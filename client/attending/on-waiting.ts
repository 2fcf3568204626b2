/** Handles a drill that waits for a person: it is approved in advance, asks on the terminal, or prints how to decide. */
import { isKnownFailure } from '../../domain/known-failure.js';
import { type DecideMessage, messages } from '../../domain/contract/contract.js';
import type { DrillStatus } from '../../domain/report/report.js';
import { isFound, type ToolBox } from '../../systems/tools/index.js';
import type { Context, Output } from '../cli/context.js';
import type { TemporalServer } from '../temporal/servers.js';
import type { DrillView } from '../views/run/drill-view.js';
import { renderScreen } from '../views/run/screen.js';
import { signalCommand, type SignalMessage } from '../views/run/signal-command.js';
import { type Paint, printable } from '../views/text.js';
import { askPerson } from './ask-person.js';
import type { Drill } from '../drills/drill.js';

interface OnWaitingOptions {
  readonly context: Context;
  /** The streams of the conversation. */
  readonly output: Output;
  readonly paint: Paint;
  readonly view: DrillView;
  readonly server: TemporalServer;
  readonly tools: ToolBox;
  readonly drill: Drill;
  /** Given with `--approve-as`. */
  readonly approveAs?: string | undefined;
  /** Only print how to decide, and never ask. */
  readonly tellOnly?: boolean;
}

type OnWaiting = (status: DrillStatus, signal: AbortSignal) => Promise<void>;

export const createOnWaiting = (options: OnWaitingOptions): OnWaiting => {
  const { context, output, approveAs, tellOnly = false } = options;
  const mayAsk = !tellOnly && context.stdin.isTTY === true && output.isTTY === true;
  return async (status, signal) => {
    if (status.waitingFor?.what === 'cutover') return tell(options, status);
    if (approveAs !== undefined && (await approveInAdvance(options, approveAs, status, signal))) return;
    await (mayAsk ? ask(options, status, signal) : tell(options, status));
  };
};

const approveInAdvance = async (
  { drill, view }: OnWaitingOptions,
  approver: string,
  status: DrillStatus,
  signal: AbortSignal,
) => {
  const comment = 'given in advance with --approve-as';
  const refused = await send(drill, { decision: 'approve', approver, comment, ...seen(status) }, signal);
  view.note(refused ?? `Approved as ${approver}, given in advance with --approve-as.`);
  return refused === undefined;
};

const ask = async (options: OnWaitingOptions, status: DrillStatus, signal: AbortSignal): Promise<void> => {
  const { context, output, view, drill } = options;
  view.pause();
  try {
    view.note(screenOf(options, status));
    while (!signal.aborted) {
      const answer = await askPerson({
        input: context.stdin,
        output,
        userName: context.userName,
        approvers: status.waitingFor?.approvers ?? [],
        showDetails: () => view.note(screenOf(options, status, true)),
        signal,
      });
      if (answer === 'interrupted') return context.interruption.raise();
      if (answer === undefined) {
        view.note(await whyOver(drill, status));
        return;
      }
      const refused = await send(drill, { ...answer, ...seen(status) }, signal);
      if (refused === undefined) return;
      view.note(refused);
    }
  } finally {
    view.resume();
  }
};

/** The decision counts for the evidence that was shown, and for no other. */
const seen = ({ evidence }: DrillStatus): Pick<DecideMessage, 'evidence'> =>
  evidence === undefined ? {} : { evidence: evidence.sha256 };

const tell = async (options: OnWaitingOptions, status: DrillStatus): Promise<void> => {
  options.view.note(screenOf(options, status));
  const how = status.waitingFor?.what === 'cutover' ? 'To report the move' : 'To approve';
  options.view.note(`${how} with Temporal's own CLI:\n  ${await signalLine(options, status)}`);
};

const screenOf = ({ output, paint }: OnWaitingOptions, status: DrillStatus, details = false): string =>
  renderScreen(status, { nowMs: Date.now(), width: output.columns, paint, details });

/** The reason why the question ended. */
const whyOver = async (drill: Drill, { waitingFor }: DrillStatus): Promise<string> => {
  const decision = (await drill.status().catch(() => undefined))?.approvals.at(-1);
  if (decision !== undefined) {
    return `${decision.decision === 'approve' ? 'Approved' : 'Rejected'} elsewhere, by ${printable(decision.approver)}.`;
  }
  if (waitingFor !== undefined && Date.now() >= Date.parse(waitingFor.expiresAt)) {
    return `Expired: no decision came until ${waitingFor.expiresAt}.`;
  }
  return 'The drill no longer waits for a decision.';
};

const signalLine = async (
  { context, server, tools, drill }: OnWaitingOptions,
  status: DrillStatus,
): Promise<string> => {
  // Temporal's CLI may be present elsewhere, even if it fails here.
  const found = await tools.find('temporal').catch(() => undefined);
  return signalCommand({
    address: server.settings.address,
    namespace: server.settings.namespace,
    workflowId: drill.workflowId,
    message: messageFor(status, context.userName ?? 'your-name'),
    temporal: found !== undefined && isFound(found) && found.source !== 'path' ? found.path : 'temporal',
    environment: context.environment,
  });
};

const messageFor = ({ waitingFor, evidence }: DrillStatus, person: string): SignalMessage =>
  waitingFor?.what === 'cutover'
    ? { name: messages.cutoverDone, input: { by: person, to: waitingFor.to } }
    : {
        name: messages.approve,
        input: { approver: waitingFor?.approvers[0] ?? person, ...(evidence && { evidence: evidence.sha256 }) },
      };

/** @returns why it was refused, unless the drill no longer waits anyway. */
const send = async (drill: Drill, message: DecideMessage, signal: AbortSignal): Promise<string | undefined> => {
  try {
    await drill.decide(message);
    return undefined;
  } catch (error) {
    if (!isKnownFailure(error)) throw error;
    return signal.aborted ? undefined : error.message;
  }
};
