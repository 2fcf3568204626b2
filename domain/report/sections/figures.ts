/** Shows the numbers that people ask for first, each with its objective. */
import type { ClientsAccount, ClientsMoved, DrillReport } from '../report.js';
import {
  describeDecidingLoss,
  describeLostWrites,
  judgeObjective,
  type ObjectiveVerdict,
  whyAbsent,
} from '../report-facts.js';
import { countOf, describeMs, describeSeconds } from '../../units.js';
import type { Figure, Section } from './blocks.js';
import { capitalise, sentence, type Tone } from './text.js';

export const sayFigures = (report: DrillReport): Section => {
  const { timing } = report;
  return {
    id: 'figures',
    title: 'Key figures',
    blocks: [
      {
        kind: 'figures',
        figures: [
          recoveryPoint(report),
          recoveryTime(report),
          outage(report),
          timing.restoreToVerifiedSeconds === undefined
            ? { name: restoreToVerified, value: 'not reached', measured: false, note: 'Verification was not reached.' }
            : figure(restoreToVerified, timing.restoreToVerifiedSeconds, 'from the restore call'),
          figure('Waiting for people', timing.humanWaitSeconds, 'not counted as machine time'),
          figure('Whole drill', timing.totalSeconds, `machine ${describeSeconds(timing.machineSeconds)}`),
        ],
      },
    ],
  };
};

const restoreToVerified = 'Restore to verified';

const figure = (name: string, seconds: number, note: string): Figure => ({
  name,
  value: describeSeconds(seconds),
  measured: true,
  note,
});

const notMeasured = (name: string, why: string): Figure => ({
  name,
  value: 'not measured',
  measured: false,
  note: sentence(why),
});

const recoveryPoint = (report: DrillReport): Figure => {
  const { rpo } = report;
  const objective = judged(judgeObjective(report, 'rpo'));
  if (rpo === undefined) return { ...notMeasured('Achieved RPO', whyAbsent(report, 'rpo')), objective };
  const note = [describeLostWrites(report, rpo), describeDecidingLoss(report, rpo)].filter(
    (text) => text !== undefined,
  );
  return { ...figure('Achieved RPO', rpo.seconds, note.join('; ')), objective };
};

const recoveryTime = (report: DrillReport): Figure => {
  const { rto } = report;
  const objective = judged(judgeObjective(report, 'rto'));
  if (rto === undefined) return { ...notMeasured('Achieved RTO', whyAbsent(report, 'rto')), objective };
  const note =
    `from the ${rto.from}: machine ${describeSeconds(rto.machineSeconds)}, people ${describeSeconds(rto.humanWaitSeconds)}; ` +
    `approved at once: ${describeSeconds(rto.ifApprovedAtOnceSeconds)}`;
  return { ...figure('Achieved RTO', rto.totalSeconds, note), objective };
};

const outage = (report: DrillReport): Figure => {
  const { cutover, clients } = report;
  if (cutover !== undefined) return atCutover(cutover);
  return clients === undefined
    ? notMeasured('Outage at the cutover', whyAbsent(report, 'cutover', 'outage'))
    : withoutService(clients);
};

const atCutover = ({ outageMs, failedOperations, operations, staleReads, writesAfterFence }: ClientsMoved): Figure =>
  figure(
    'Outage at the cutover',
    outageMs / 1000,
    `${failedOperations} of ${countOf(operations, 'operation')} failed, ` +
      `${countOf(staleReads, 'stale read')}, ${countOf(writesAfterFence, 'write')} after the fence`,
  );

const withoutService = ({ unservedMs, failedOperations, operations }: ClientsAccount): Figure => ({
  name: 'Clients without service',
  value: describeMs(unservedMs),
  measured: true,
  note: `${failedOperations} of ${countOf(operations, 'operation')} failed; they did not reach the target`,
});

const judged = ({ verdict, sentence: text }: ObjectiveVerdict): NonNullable<Figure['objective']> => ({
  text: capitalise(text),
  tone: tones[verdict],
});

const tones: Readonly<Record<ObjectiveVerdict['verdict'], Tone | undefined>> = {
  met: 'good',
  missed: 'bad',
  'not measured': 'warn',
  'none set': undefined,
};
