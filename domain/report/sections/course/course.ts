/** Shows what happened when, as a drawing and in tables. */
import { phaseMarks, type PhaseOutcome, type PhaseRecord } from '../../../run/phases.js';
import type { DrillReport } from '../../report.js';
import { describeRecoveryPoint, describeRecoveryTime, judgeObjective, whyAbsent } from '../../report-facts.js';
import { describeSeconds, describeSpan } from '../../../units.js';
import { type Block, bullets, missing, part, type Section, table } from '../blocks.js';
import { sayClients } from './clients.js';
import { clock } from '../../../moments.js';
import { strong, type Text, type Tone, toned } from '../text.js';
import { timelineOf } from './timeline.js';

export const sayCourse = (report: DrillReport): Section => ({
  id: 'timeline',
  title: 'What happened, and when',
  blocks: [
    report.phases.length === 0 ? missing('No phase was reached.') : { kind: 'timeline', facts: timelineOf(report) },
    part('Clients', sayClients(report)),
    part('Loss and recovery time', [sayRecovery(report)]),
    ...sayPhases(report.phases),
  ],
});

const sayRecovery = (report: DrillReport): Block => {
  const { rpo, rto } = report;
  const absent = (what: string): string => `not measured: ${whyAbsent(report, what)}`;
  const said = (name: string, which: 'rpo' | 'rto', text: string): Text => [
    strong(name),
    ` ${text} (${judgeObjective(report, which).sentence})`,
  ];
  return bullets([
    said(
      'Achieved RPO',
      'rpo',
      rpo === undefined ? absent('rpo') : `${describeSeconds(rpo.seconds)}, ${describeRecoveryPoint(report, rpo)}`,
    ),
    said(
      'Achieved RTO',
      'rto',
      rto === undefined ? absent('rto') : `${describeSeconds(rto.totalSeconds)}, ${describeRecoveryTime(rto)}`,
    ),
  ]);
};

const sayPhases = (phases: readonly PhaseRecord[]): readonly Block[] => {
  if (phases.length === 0) return [];
  return [
    part(
      `Phases (${phases.length})`,
      [
        table(
          ['Phase', 'Outcome', 'Time', 'Waiting for a person', 'Started (UTC)', 'Attempts'],
          phases.map(({ name, outcome, startedAt, endedAt, attempts, humanWaitSeconds }) => ({
            cells: [
              name,
              outcome === undefined
                ? toned('did not end', 'warn')
                : toned(`${phaseMarks[outcome]} ${outcome}`, tones[outcome]),
              endedAt === undefined ? 'not known' : describeSpan(startedAt, endedAt),
              humanWaitSeconds === undefined ? 'none' : describeSeconds(humanWaitSeconds),
              clock(startedAt),
              attempts,
            ],
            failed: outcome === 'failed',
          })),
          { compact: true },
        ),
      ],
      { fold: 'closed' },
    ),
  ];
};

const tones: Readonly<Record<PhaseOutcome, Tone>> = {
  passed: 'good',
  failed: 'bad',
  cancelled: 'warn',
  rejected: 'warn',
  expired: 'warn',
};
