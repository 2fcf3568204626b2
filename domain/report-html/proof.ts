/** What the result stands on: checks, the comparison of the stores, the snapshot, the decisions. */
import type { Decision } from '../approval.js';
import { checkMarks, failedChecks, worstFirst } from '../checks.js';
import type { DrillReport } from '../report.js';
import {
  clientSpans,
  describeClientsAccount,
  describeClientsMoved,
  describeEquality,
  describeNoMove,
  describeOperatorRestore,
  whyAbsent,
} from '../report-facts.js';
import type { SnapshotInspection } from '../snapshot-inspection.js';
import type { StoreComparison } from '../store-comparison.js';
import { snapshotWarnings } from '../snapshot-warnings.js';
import { countOf, describeBytes, describeExactBytes, describeSeconds, describeSpan, groupDigits } from '../units.js';
import type { Warning } from '../warnings.js';
import { type Markup, markup, nothing } from './markup.js';
import {
  bullets,
  clock,
  code,
  missing,
  moment,
  pairs,
  paragraph,
  renderWarning,
  said,
  section,
  sentence,
  table,
} from './parts.js';

export const renderPhases = ({ phases }: DrillReport): Markup =>
  phases.length === 0
    ? nothing
    : markup`<h3>Phases</h3>${table(
        ['Phase', 'Outcome', 'Time', 'Waiting for a person', 'Started (UTC)', 'Attempts'],
        phases.map(({ name, outcome, startedAt, endedAt, attempts, humanWaitSeconds }) => [
          name,
          outcome ?? 'did not end',
          endedAt === undefined ? 'not known' : describeSpan(startedAt, endedAt),
          humanWaitSeconds === undefined ? 'none' : describeSeconds(humanWaitSeconds),
          clock(startedAt),
          attempts,
        ]),
        { looks: (row) => phases[row]?.outcome ?? '', compact: true },
      )}`;

export const renderClients = (report: DrillReport): Markup => {
  const { cutover, revert, clients, handMoves = [] } = report;
  const spans = clientSpans(report);
  const moved = [
    ...[cutover, revert].filter((way) => way !== undefined).map(describeClientsMoved),
    ...(clients === undefined ? [] : describeClientsAccount(clients)),
  ].map(sentence);
  return markup`<h3>Clients</h3>${moved.length === 0 ? missing(`${describeNoMove(report)}.`) : bullets(moved)}${
    handMoves.length === 0
      ? nothing
      : bullets(
          handMoves.map(
            ({ to, by, comment, at }) =>
              markup`${said(by)} said that the clients were moved to the ${to}, at ${moment(at)}${comment === undefined ? '' : markup`: ${said(comment)}`}`,
          ),
        )
  }${
    spans.length === 0
      ? nothing
      : table(
          ['Served by', 'From (UTC)', 'To', 'Time', 'Operations'],
          spans.map(({ servedBy, from, to, operations }) => [
            servedBy,
            clock(from),
            clock(to),
            describeSeconds((Date.parse(to) - Date.parse(from)) / 1000),
            operations,
          ]),
          { compact: true },
        )
  }`;
};

export const renderChecks = ({ checks }: DrillReport): Markup => {
  const failed = failedChecks(checks).length;
  const sorted = worstFirst(checks);
  return section(
    failed === 0 ? `Checks (${checks.length})` : `Checks (${failed} of ${checks.length} failed)`,
    checks.length === 0
      ? missing('No check was made.')
      : table(
          ['Check', 'Outcome', 'Expected', 'Observed'],
          sorted.map(({ name, outcome, expected, observed, reason }) => [
            name,
            markup`<span class="word ${outcome === 'failed' ? 'bad' : outcome === 'passed' ? 'good' : 'warn'}">${checkMarks[outcome]} ${outcome}</span>${
              reason === undefined ? nothing : markup`: ${said(reason)}`
            }`,
            said(expected),
            said(observed),
          ]),
          { looks: (row) => sorted[row]?.outcome ?? '' },
        ),
  );
};

export const renderEquality = (report: DrillReport): Markup =>
  section(
    'Are the stores equal?',
    ...(report.equality === undefined
      ? [missing(`The stores were not compared: ${whyAbsent(report, 'equality', 'store-equality', 'verify')}.`)]
      : describeComparison(report.equality)),
  );

const describeComparison = (equality: StoreComparison): readonly Markup[] => {
  const differs = ({ changed, missing: gone, added }: StoreComparison['groups'][number]): boolean =>
    changed + gone + added > 0;
  const groups = [...equality.groups].sort((a, b) => Number(differs(b)) - Number(differs(a)));
  return [
    paragraph(
      markup`<strong class="${equality.equal ? 'good' : 'bad'}">${equality.equal ? '✔' : '✘'}</strong> ${describeEquality(equality)}.`,
    ),
    groups.length === 0
      ? missing('No part of the stores was compared.')
      : table(
          ['Mount or part', 'Entries', 'Changed', 'Only source', 'Only target', 'SHA-256 of it'],
          groups.map(({ name, entries, changed, missing: gone, added, sha256 }) => [
            code(name),
            groupDigits(entries),
            changed,
            gone,
            added,
            markup`<code title="${sha256}">${sha256.slice(0, 16)}…</code>`,
          ]),
          { looks: (row) => (groups[row] !== undefined && differs(groups[row]) ? 'failed' : ''), compact: true },
        ),
    equality.explained.length === 0
      ? nothing
      : markup`<h3>Differences that are expected</h3>${bullets(
          equality.explained.map(({ pattern, reason, count }) => markup`${code(pattern)}: ${count}, ${said(reason)}`),
        )}`,
    markup`<p class="fine">Compared entry by entry: the key and the digest of its encrypted value. Nothing was decrypted for it.</p>`,
  ];
};

export const renderOperatorRestore = ({ operatorRestore }: DrillReport): Markup =>
  operatorRestore === undefined
    ? nothing
    : section('Restore by the operator', paragraph(said(`${describeOperatorRestore(operatorRestore)}.`)));

export const renderSnapshot = (report: DrillReport): Markup => {
  const { snapshot, inspection } = report;
  return section(
    'Snapshot',
    snapshot === undefined
      ? missing(`No snapshot was taken: ${whyAbsent(report, 'snapshot', 'backup')}.`)
      : pairs([
          ['Key in the bucket', code(snapshot.key)],
          ['Size', describeExactBytes(snapshot.sizeBytes)],
          ['SHA-256', code(snapshot.sha256)],
          ['Taken', moment(snapshot.takenAt)],
          ['Raft index', snapshot.index],
        ]),
    ...(inspection === undefined
      ? [missing(`The snapshot was not inspected: ${whyAbsent(report, 'inspect', 'inspection')}.`)]
      : // Newer reports have them at the top.
        renderInspection(inspection, report.warnings === undefined ? snapshotWarnings(inspection) : [])),
  );
};

const mostPaths = 10;

const renderInspection = (inspection: SnapshotInspection, warnings: readonly Warning[]): readonly Markup[] => {
  const { term, peers, openbaoVersions, seal, entries, stateBytes, groups, otherGroups, leases } = inspection;
  return [
    markup`<h3>What is in it</h3>`,
    ...warnings.map(renderWarning),
    pairs([
      ['Entries', `${groupDigits(entries)} in ${describeBytes(stateBytes)}`],
      ['Seal', [seal.type ?? 'type not said', seal.keyVersion === undefined ? '' : `key ${seal.keyVersion}`].join(' ')],
      ['OpenBao versions it has seen', openbaoVersions.length === 0 ? 'none recorded' : openbaoVersions.join(', ')],
      [
        'Leases',
        `${groupDigits(leases.total)}: ${groupDigits(leases.login)} of logins, ${groupDigits(leases.dynamic)} of dynamic secrets`,
      ],
      ['Raft', `term ${term}, ${peers.map(({ id, suffrage }) => `${id} (${suffrage})`).join(', ') || 'no peer'}`],
    ]),
    leases.paths.length === 0
      ? nothing
      : bullets([
          ...leases.paths
            .slice(0, mostPaths)
            .map(({ path, count }) => markup`${code(path)}: ${countOf(count, 'lease')}`),
          ...(leases.paths.length > mostPaths ? [`${leases.paths.length - mostPaths} more paths, in report.json`] : []),
        ]),
    groups.length === 0
      ? nothing
      : table(
          ['Mount or part', 'Entries', 'Size'],
          [
            ...groups.map((group) => [code(group.name), groupDigits(group.entries), describeBytes(group.sizeBytes)]),
            ...(otherGroups === undefined
              ? []
              : [
                  [
                    `${groupDigits(otherGroups.groups)} smaller parts together`,
                    groupDigits(otherGroups.entries),
                    describeBytes(otherGroups.sizeBytes),
                  ],
                ]),
          ],
          { compact: true },
        ),
  ];
};

export const renderApprovals = (report: DrillReport): Markup => {
  const { approvals, ignoredMessages, decidedOn } = report;
  return section(
    'Who decided, and on what',
    decidedOn === undefined
      ? missing(`No evidence was put before anybody: ${whyAbsent(report, 'approval')}.`)
      : pairs([['SHA-256 of the evidence that people decided on', code(decidedOn.sha256)]]),
    approvals.length === 0
      ? missing('Nobody decided.')
      : table(
          ['Decision', 'By', 'When', 'Bound to', 'In their words'],
          approvals.map((decision) => [
            `${decision.decision === 'approve' ? 'approved' : 'rejected'} (${decision.via})`,
            markup`<span class="who">${said(decision.approver)}</span>`,
            moment(decision.at),
            describeBinding(decision, decidedOn?.sha256),
            decision.comment === undefined ? 'no comment' : said(decision.comment),
          ]),
        ),
    ignoredMessages.length === 0
      ? nothing
      : markup`<h3>Messages that changed nothing</h3>${bullets(
          ignoredMessages.map(({ message, why, at }) => markup`${said(message)} at ${moment(at)}: ${said(why)}`),
        )}`,
  );
};

const describeBinding = ({ evidenceSha256 }: Decision, shown: string | undefined): Markup => {
  if (evidenceSha256 === undefined) return markup`no digest: whoever decided named none`;
  const short = markup`<code title="${evidenceSha256}">${evidenceSha256.slice(0, 16)}…</code>`;
  return evidenceSha256 === shown
    ? markup`${short}, the evidence above`
    : markup`${short}, another evidence than above`;
};
