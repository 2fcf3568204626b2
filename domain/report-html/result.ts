/** What came of the drill, and the numbers people ask for first. */
import type { DrillReport, DrillResult } from '../report.js';
import {
  describeDecidingLoss,
  describeLostWrites,
  judgeObjective,
  type ObjectiveVerdict,
  whyAbsent,
} from '../report-facts.js';
import { countOf, describeSeconds } from '../units.js';
import { type Markup, markup } from './markup.js';
import { capitalise, code, period, ended, renderWarning, said } from './parts.js';

const words: Readonly<Record<DrillResult, string>> = {
  passed: '✔ Passed',
  failed: '✘ Failed',
  rejected: '⊘ Rejected',
  expired: '⊘ Expired',
  cancelled: '⊘ Cancelled',
};

export const renderResult = ({
  result,
  reason,
  warnings = [],
  drillId,
  lane,
  plan,
  startedAt,
  endedAt,
}: DrillReport): Markup =>
  markup`<header class="result ${result}"><p class="kicker">Recovery drill of an OpenBao pair: ${
    plan.disaster === 'source-loss' ? 'the source is lost' : 'the source stays up until the cutover'
  }${plan.revert ? '' : '; a failover, the clients stay on the target'}</p>
<h1>${words[result]}</h1><p class="reason">${said(ended(reason))}</p>${warnings.map(renderWarning)}
<dl class="facts"><div><dt>Drill</dt><dd>${code(drillId)}</dd></div><div><dt>Lane</dt><dd>${lane}</dd></div><div><dt>When</dt><dd>${period(
    startedAt,
    endedAt,
  )}</dd></div></dl></header>\n`;

export const renderFigures = (report: DrillReport): Markup => {
  const { rpo, rto, cutover, clients, timing } = report;
  const absent = (...whats: readonly string[]): string => `${capitalise(whyAbsent(report, ...whats))}.`;
  return markup`<section class="figures" aria-label="Key figures">${[
    rpo === undefined
      ? figure('Achieved RPO', undefined, absent('rpo'), judgeObjective(report, 'rpo'))
      : figure(
          'Achieved RPO',
          describeSeconds(rpo.seconds),
          [describeLostWrites(report, rpo), describeDecidingLoss(report, rpo)]
            .filter((text) => text !== undefined)
            .join('; '),
          judgeObjective(report, 'rpo'),
        ),
    rto === undefined
      ? figure('Achieved RTO', undefined, absent('rto'), judgeObjective(report, 'rto'))
      : figure(
          'Achieved RTO',
          describeSeconds(rto.totalSeconds),
          `from the ${rto.from}: machine ${describeSeconds(rto.machineSeconds)}, people ${describeSeconds(rto.humanWaitSeconds)}; ` +
            `approved at once: ${describeSeconds(rto.ifApprovedAtOnceSeconds)}`,
          judgeObjective(report, 'rto'),
        ),
    cutover === undefined
      ? clients === undefined
        ? figure('Outage at the cutover', undefined, absent('cutover', 'outage'))
        : figure(
            'Clients without service',
            describeSeconds(clients.unservedMs / 1000),
            `${clients.failedOperations} of ${countOf(clients.operations, 'operation')} failed; they did not reach the target`,
          )
      : figure(
          'Outage at the cutover',
          describeSeconds(cutover.outageMs / 1000),
          `${cutover.failedOperations} of ${countOf(cutover.operations, 'operation')} failed, ` +
            `${countOf(cutover.staleReads, 'stale read')}, ${countOf(cutover.writesAfterFence, 'write')} after the fence`,
        ),
    timing.restoreToVerifiedSeconds === undefined
      ? figure('Restore to verified', undefined, 'Verification was not reached.', undefined, 'not reached')
      : figure('Restore to verified', describeSeconds(timing.restoreToVerifiedSeconds), 'from the restore call'),
    figure('Waiting for people', describeSeconds(timing.humanWaitSeconds), 'not counted as machine time'),
    figure('Whole drill', describeSeconds(timing.totalSeconds), `machine ${describeSeconds(timing.machineSeconds)}`),
  ]}</section>\n`;
};

const figure = (
  name: string,
  value: string | undefined,
  note: string,
  objective?: ObjectiveVerdict,
  none = 'not measured',
): Markup =>
  markup`<div class="figure"><h2>${name}</h2><p class="value ${value === undefined ? 'none' : ''}">${value ?? none}</p><p>${note}</p>${
    objective === undefined ? [] : markup`<p class="${looks[objective.verdict]}">${capitalise(objective.sentence)}</p>`
  }</div>`;

const looks: Readonly<Record<ObjectiveVerdict['verdict'], string>> = {
  met: 'good',
  missed: 'bad',
  'not measured': 'warn',
  'none set': '',
};
