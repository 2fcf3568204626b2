/**
 * Shows on one screen what a person decides on: the same in the prompt, `approve`, `status`, Temporal's current details and the
 * notice that a drill waits. Pure, because both the workflow and the command line draw it.
 */
import { oneLine } from '../messages/one-line.js';
import { defaultLane } from '../../plan/plan.js';
import { lossIfApproved } from '../../recovery/at-stake.js';
import type { DrillStatus, WaitingForPerson } from '../../report/report.js';
import { countOf, describeBytes, describeSeconds } from '../../units.js';

export interface DecisionScreen {
  /** One sentence: whom the drill waits for, for what, until when. */
  readonly headline: string;
  /** Labels and texts, in order. */
  readonly rows: readonly (readonly [label: string, text: string])[];
}

export interface DecisionScreenOptions {
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /**
   * True: the text is drawn again as time passes, so it shows times by the clock. False: the text stays, so it names points in
   * time.
   */
  readonly live: boolean;
  /** Whether the text explains this program's commands or Temporal's messages. */
  readonly decideWith: 'commands' | 'messages';
}

/** Undefined while the drill waits for no person. */
export const decisionScreen = (status: DrillStatus, options: DecisionScreenOptions): DecisionScreen | undefined => {
  const { waitingFor } = status;
  if (waitingFor === undefined) return undefined;
  const headline = `Waits for ${describeWait(waitingFor)}, ${describeDeadline(waitingFor, options)}.`;
  return {
    headline,
    rows: waitingFor.what === 'cutover' ? handMoveRows(status, options) : approvalRows(status, options),
  };
};

/** `ann or ben to approve or reject the cutover`. */
export const describeWait = ({ what, to, approvers }: WaitingForPerson): string =>
  what === 'cutover'
    ? `a person to move the clients to the ${to}`
    : `${approvers.length === 0 ? 'a person' : oneOf(approvers)} to approve or reject the cutover`;

/** `in 23 h 59 min`, or `until 2026-01-02T03:04:05.000Z`; the time is up once the deadline is past. */
export const describeDeadline = (
  { expiresAt }: Pick<WaitingForPerson, 'expiresAt'>,
  { nowMs, live }: Pick<DecisionScreenOptions, 'nowMs' | 'live'>,
): string => {
  if (!live) return `until ${expiresAt}`;
  const seconds = (Date.parse(expiresAt) - nowMs) / 1000;
  return seconds <= 0 ? `time is up since ${expiresAt}` : `for ${describeSeconds(seconds)} more`;
};

const approvalRows = (status: DrillStatus, options: DecisionScreenOptions): DecisionScreen['rows'] => {
  const { snapshot, evidence, waitingFor, warnings = [] } = status;
  return [
    ...warnings.map(({ name, sentence }) => ['Mind', `${name}: ${oneLine(sentence, 300)}`] as const),
    ['Proofs', describeProofs(status)],
    ['Snapshot', snapshot === undefined ? 'none' : describeSnapshot(snapshot, options)],
    ['At stake', describeStake(status, options)],
    ['Objectives', describeObjectives(status, options)],
    ['Otherwise', `the drill expires at ${waitingFor?.expiresAt ?? ''} and undoes what it did`],
    ['Evidence', evidence === undefined ? 'none' : evidence.sha256],
    ...howToDecide(status, options),
  ];
};

const handMoveRows = (status: DrillStatus, options: DecisionScreenOptions): DecisionScreen['rows'] => {
  const { lane, waitingFor } = status;
  const to = waitingFor?.to ?? 'target';
  return [
    ['Now', `point the clients' name at the ${to}, by hand; clients may have no service until then`],
    ['Otherwise', `the move counts as failed at ${waitingFor?.expiresAt ?? ''}`],
    [
      'When done',
      options.decideWith === 'commands'
        ? `openbao-dr cutover-done ${lane ?? defaultLane} --as NAME`
        : `update reportCutoverDone or signal cutoverDone: {"by":"NAME","to":"${to}"}`,
    ],
    ['Then', `the drill looks itself whether a client reaches the ${to}`],
  ];
};

const howToDecide = (
  { lane, evidence, waitingFor }: DrillStatus,
  { decideWith }: DecisionScreenOptions,
): DecisionScreen['rows'] => {
  const name = waitingFor?.approvers.find((approver) => /^[\w@.+-]+$/.test(approver)) ?? 'NAME';
  if (decideWith === 'commands') {
    return [
      ['Approve', `openbao-dr approve ${lane ?? defaultLane} --as ${name}`],
      ['Reject', `openbao-dr reject ${lane ?? defaultLane} --as ${name} --reason "WHY"`],
    ];
  }
  const approval = { approver: name, ...(evidence && { evidence: evidence.sha256 }) };
  return [
    ['Approve', `signal approveCutover: ${JSON.stringify(approval)}`],
    ['Reject', `signal rejectCutover: ${JSON.stringify({ approver: name, reason: 'WHY' })}`],
    ['Or', 'update decideCutover: the same with "decision":"approve" or "decision":"reject"'],
  ];
};

const mostFailedShown = 3;

/** `17 of 17 passed`, and what failed or was skipped. */
const describeProofs = ({ checks }: DrillStatus): string => {
  const made = checks.filter(({ outcome }) => outcome !== 'skipped');
  const failed = made.filter(({ outcome }) => outcome === 'failed');
  const shown = failed
    .slice(0, mostFailedShown)
    .map(({ name, observed }) => `✘ ${name} (observed ${oneLine(observed, 160)})`);
  const more = failed.length - shown.length;
  const skipped = checks.length - made.length;
  return [
    `${made.length - failed.length} of ${made.length} passed`,
    ...shown,
    ...(more > 0 ? [`${more} more failed`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ].join('; ');
};

const describeSnapshot = (
  { key, sizeBytes, takenAt }: NonNullable<DrillStatus['snapshot']>,
  { nowMs, live }: DecisionScreenOptions,
): string => {
  const age = live ? `taken ${describeSeconds((nowMs - Date.parse(takenAt)) / 1000)} ago` : `taken at ${takenAt}`;
  return `${age}, ${describeBytes(sizeBytes)}, ${oneLine(key, 300)}`;
};

const describeStake = ({ atStake }: DrillStatus, { nowMs, live }: DecisionScreenOptions): string => {
  if (atStake === undefined) return 'not measured';
  const { seconds, writes, estimated } = lossIfApproved(
    atStake,
    live ? nowMs : Date.parse(atStake.lastAcknowledged.at),
  );
  const loss = `${estimated ? 'about ' : ''}${countOf(writes, 'write')} of the canary, ${describeSeconds(seconds)}`;
  if (!atStake.growing) return `the loss of the source cost ${loss}; waiting adds nothing`;
  return live
    ? `approving now loses ${loss}`
    : `an approval loses ${loss}, and more with every second until the source is fenced`;
};

const describeObjectives = ({ atStake, objectives }: DrillStatus, { nowMs }: DecisionScreenOptions): string => {
  const { rpoSeconds, rtoSeconds } = objectives ?? {};
  const meets = atStake === undefined ? undefined : lossIfApproved(atStake, nowMs).meetsObjective;
  const judged = { true: 'met', false: 'MISSED', undefined: 'not measured' }[
    String(meets) as 'true' | 'false' | 'undefined'
  ];
  const said = [
    ...(rpoSeconds === undefined ? [] : [`RPO ${describeSeconds(rpoSeconds)}: ${judged}`]),
    ...(rtoSeconds === undefined ? [] : [`RTO ${describeSeconds(rtoSeconds)}: measured at the cutover`]),
  ];
  return said.length === 0 ? 'the plan has none' : said.join('; ');
};

const mostNames = 5;

const oneOf = (names: readonly string[]): string => {
  const shown = names.slice(0, mostNames).map((name) => oneLine(name, 60));
  if (names.length > mostNames) return `${shown.join(', ')} or ${names.length - mostNames} others`;
  return [...(shown.length > 1 ? [shown.slice(0, -1).join(', ')] : []), shown.at(-1)].join(' or ');
};
