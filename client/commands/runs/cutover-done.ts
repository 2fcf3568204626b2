/** `openbao-dr cutover-done`: reports that a person moved the clients by hand. */
import { KnownFailure } from '../../../domain/known-failure.js';
import { type Context, type ExitCode, type GlobalOptions, writeJson, writeLine } from '../../cli/context.js';
import { openDrills } from '../../drills/drills.js';
import { requestLane } from '../../cli/plan-file.js';
import { requireServer } from '../../temporal/servers.js';
import { openStateFolderOnly } from '../../cli/workspace.js';

interface CutoverDoneOptions extends GlobalOptions {
  /** The person who moved them. */
  readonly as: string;
  readonly comment?: string;
  readonly json?: boolean;
}

export const runCutoverDone = async (
  context: Context,
  lane: string | undefined,
  { as, comment, json = false, ...options }: CutoverDoneOptions,
): Promise<ExitCode> => {
  const name = requestLane(lane);
  const by = as.trim();
  if (by === '') throw new KnownFailure('InvalidName', 'The name given with --as is empty.');
  const server = await requireServer(context, await openStateFolderOnly(context, options));
  try {
    const drill = await openDrills(server).find(name);
    const message = { by, ...(comment !== undefined && { comment }) };
    const status = await drill.status();
    if (status === undefined) {
      await drill.leaveHandMove(message);
      writeLine(
        context.stderr,
        `No worker answers: the message is left for drill ${drill.workflowId}. It counts if the drill waits for it when a worker is back. \`openbao-dr status ${name}\` tells.`,
      );
      if (json) writeJson(context.stdout, { ...message, answered: false });
      return 0;
    }
    const { waitingFor } = status;
    if (waitingFor?.what !== 'cutover') {
      const sentence = `Drill ${drill.workflowId} does not wait for clients to be moved: \`openbao-dr status ${name}\` tells what it does.`;
      throw new KnownFailure('NotWaiting', sentence);
    }
    const move = await drill.clientsMoved({ ...message, ...(waitingFor.to !== undefined && { to: waitingFor.to }) });
    if (json) writeJson(context.stdout, { ...move, answered: true });
    else
      writeLine(
        context.stdout,
        `The drill knows that the clients were moved to the ${move.to}; it looks for itself now.`,
      );
    return 0;
  } finally {
    await server.close();
  }
};
