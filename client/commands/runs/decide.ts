/** `openbao-dr approve` and `openbao-dr reject`: a person's decision on a drill that waits. */
import type { DecideMessage } from '../../../domain/contract/contract.js';
import { KnownFailure } from '../../../domain/known-failure.js';
import type { DrillStatus } from '../../../domain/report/report.js';
import { type Context, type ExitCode, type GlobalOptions, writeJson, writeLine } from '../../cli/context.js';
import { confirmApproval } from '../../attending/ask-person.js';
import { readDigest } from '../../attending/assert-named.js';
import { openDrills } from '../../drills/drills.js';
import { requestLane } from '../../cli/plan-file.js';
import { requireServer } from '../../temporal/servers.js';
import { renderScreen } from '../../views/run/screen.js';
import { renderSilence } from '../../views/run/silence-view.js';
import { paintFor } from '../../views/text.js';
import { openStateFolderOnly } from '../../cli/workspace.js';

interface DecideOptions extends GlobalOptions {
  /** The person who decides. */
  readonly as: string;
  readonly comment?: string;
  readonly reason?: string;
  /** Digest of the evidence the person has seen. */
  readonly evidence?: string;
  /** Ask nothing. */
  readonly yes?: boolean;
  readonly details?: boolean;
  readonly json?: boolean;
}

type RunDecision = (context: Context, lane: string | undefined, options: DecideOptions) => Promise<ExitCode>;

export const runApprove: RunDecision = (context, lane, options) => decide(context, 'approve', lane, options);

export const runReject: RunDecision = (context, lane, options) => decide(context, 'reject', lane, options);

const decide = async (
  context: Context,
  decision: DecideMessage['decision'],
  lane: string | undefined,
  {
    as: approver,
    comment,
    reason,
    evidence: digest,
    yes = false,
    details = false,
    json = false,
    ...options
  }: DecideOptions,
): Promise<ExitCode> => {
  const name = requestLane(lane);
  if (approver.trim() === '') throw new KnownFailure('InvalidApprover', 'The name given with --as is empty.');
  const evidence = readDigest(digest);
  const said = decision === 'approve' ? comment : reason;
  if (decision === 'reject' && (said ?? '').trim() === '') {
    throw new KnownFailure('ReasonMissing', 'The reason given with --reason is empty: say why you reject.');
  }
  const message = (bound: string | undefined): DecideMessage => ({
    decision,
    approver: approver.trim(),
    ...(bound !== undefined && { evidence: bound }),
    ...(said !== undefined && (decision === 'approve' ? { comment: said } : { reason: said })),
  });

  const server = await requireServer(context, await openStateFolderOnly(context, options));
  try {
    const drill = await openDrills(server).find(name);
    // The silence is explained first, because a decision without an answer may still count.
    const status = await drill.status();
    if (status === undefined) {
      const silence = renderSilence(await drill.silence(), { lane: name, workflowId: drill.workflowId });
      if (decision === 'approve' && evidence === undefined) throw unseen(silence, name);
      await drill.leaveDecision(message(evidence));
      writeLine(
        context.stderr,
        `${silence} The decision is left for drill ${drill.workflowId}: it counts if the drill waits for one when a worker goes on with it; after the deadline of the wait it is too late. \`openbao-dr status ${name}\` tells.`,
      );
      if (json) writeJson(context.stdout, { ...left(message(evidence)), answered: false });
      return 0;
    }
    // A named digest was seen elsewhere, which is how scripts decide.
    if (decision === 'approve' && evidence === undefined) {
      show(context, status, details);
      const asks = !yes && context.stdin.isTTY === true && context.stderr.isTTY === true;
      if (status.waitingFor?.what === 'approval' && asks && !(await confirmApproval(context))) {
        writeLine(context.stderr, 'Nothing was decided.');
        return 130;
      }
    }
    const recorded = await drill.decide(message(evidence ?? status.evidence?.sha256));
    const word = recorded.decision === 'approve' ? 'Approved' : 'Rejected';
    if (json) writeJson(context.stdout, { ...recorded, answered: true });
    else writeLine(context.stdout, `${word} by ${recorded.approver} at ${recorded.at}.`);
    return 0;
  } finally {
    await server.close();
  }
};

/** A decision that was left for a drill, with the member names of a recorded one. */
const left = ({ decision, approver, evidence, comment, reason = comment }: DecideMessage) => ({
  decision,
  approver,
  ...(evidence !== undefined && { evidenceSha256: evidence }),
  ...(reason !== undefined && { comment: reason }),
});

/** The evidence is shown before on standard error, because standard output is for the answer. */
const show = ({ stderr, environment }: Context, status: DrillStatus, details: boolean): void => {
  const paint = paintFor(stderr, environment);
  const text = renderScreen(status, { nowMs: Date.now(), width: stderr.columns, paint, details });
  if (text !== '') writeLine(stderr, text);
};

const unseen = (silence: string, lane: string): KnownFailure =>
  new KnownFailure(
    'EvidenceUnseen',
    `${silence} So the evidence cannot be shown, and an approval always names what it was given on: try again once the drill ` +
      `answers, or name the digest you have seen: \`openbao-dr approve ${lane} --as NAME --evidence SHA256\`.`,
  );
