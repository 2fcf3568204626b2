/** `openbao-dr approve` and `openbao-dr reject`: a person's decision on a drill that waits. */
import type { DecideMessage } from '../../domain/contract.js';
import { KnownFailure } from '../../domain/known-failure.js';
import { type Context, type ExitCode, type GlobalOptions, writeJson, writeLine } from '../context.js';
import { openDrills } from '../drills/drills.js';
import { requestLane } from '../plan-file.js';
import { requireServer } from '../temporal/servers.js';
import { renderSilence } from '../views/silence-view.js';
import { openStateFolderOnly } from '../workspace.js';

interface DecideOptions extends GlobalOptions {
  /** Who decides. */
  readonly as: string;
  readonly comment?: string;
  readonly reason?: string;
  /** Digest of the evidence the person has seen. */
  readonly evidence?: string;
  readonly json?: boolean;
}

type RunDecision = (context: Context, lane: string | undefined, options: DecideOptions) => Promise<ExitCode>;

export const runApprove: RunDecision = (context, lane, options) => decide(context, 'approve', lane, options);

export const runReject: RunDecision = (context, lane, options) => decide(context, 'reject', lane, options);

const decide = async (
  context: Context,
  decision: DecideMessage['decision'],
  lane: string | undefined,
  { as: approver, comment, reason, evidence, json = false, ...options }: DecideOptions,
): Promise<ExitCode> => {
  const name = requestLane(lane);
  if (approver.trim() === '') throw new KnownFailure('InvalidApprover', 'The name given with --as is empty.');
  const said = decision === 'approve' ? comment : reason;
  const message: DecideMessage = {
    decision,
    approver: approver.trim(),
    ...(evidence !== undefined && { evidence }),
    ...(said !== undefined && { comment: said }),
  };

  const server = await requireServer(context, await openStateFolderOnly(context, options));
  try {
    const drill = await openDrills(server).find(name);
    // Asked first, for a decision that nobody answers may count all the same, and nobody could tell.
    if ((await drill.status()) === undefined) {
      await drill.leaveDecision(message);
      writeLine(
        context.stderr,
        `${renderSilence(await drill.silence(), { lane: name, workflowId: drill.workflowId })} The decision is left for drill ${drill.workflowId}: it counts if the drill waits for one when a worker goes on with it; after the deadline of the wait it is too late. \`openbao-dr status ${name}\` tells.`,
      );
      return 0;
    }
    const recorded = await drill.decide(message);
    const word = recorded.decision === 'approve' ? 'Approved' : 'Rejected';
    if (json) writeJson(context.stdout, recorded);
    else writeLine(context.stdout, `${word} by ${recorded.approver} at ${recorded.at}.`);
    return 0;
  } finally {
    await server.close();
  }
};
