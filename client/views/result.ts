/** Renders a drill's end on one screen: result first, then the reason, then its grounds. */
import type { DrillReport, DrillResult } from '../../domain/report/report.js';
import { describeDecidingLoss, describeLostWrites } from '../../domain/report/report-facts.js';
import { renderChecks } from './checks-view.js';
import { countOf, describeMs, describeSeconds } from '../../domain/units.js';
import { renderWarnings } from './warnings-view.js';
import { columns, type Paint, plain, printable } from './text.js';

/** @param folder where the report is kept, if it is on this machine. */
export const renderResult = (report: DrillReport, folder: string | undefined, paint: Paint = plain): string => {
  const { result, reason, checks, cleanup, snapshot } = report;
  const facts: (readonly string[])[] = [
    ['Drill', report.drillId],
    ...(snapshot === undefined ? [] : [['Snapshot', printable(snapshot.key)]]),
    ...describeRecovery(report),
    ['Time', describeTiming(report)],
    ['Clean-up', cleanup.outcome],
    ...(folder === undefined ? [] : [['Report', folder]]),
  ];
  return [
    `${paint.bold(colours(paint)[result](result.toUpperCase()))}: ${printable(reason)}`,
    ...renderWarnings(report.warnings, paint),
    ...(checks.length === 0 ? [] : ['', renderChecks(checks, paint)]),
    '',
    columns(facts),
  ].join('\n');
};

const describeTiming = ({ timing }: Pick<DrillReport, 'timing'>): string => {
  const { totalSeconds, machineSeconds, humanWaitSeconds, restoreToVerifiedSeconds } = timing;
  const verified =
    restoreToVerifiedSeconds === undefined
      ? ''
      : `, restore call to verified ${describeSeconds(restoreToVerifiedSeconds)}`;
  const split = `machine ${describeSeconds(machineSeconds)}, waiting for a person ${describeSeconds(humanWaitSeconds)}`;
  return `${describeSeconds(totalSeconds)} (${split}${verified})`;
};

const describeRecovery = (report: DrillReport): (readonly string[])[] => [
  ...describeRpo(report),
  ...describeCutover(report),
];

const describeRpo = (report: DrillReport): (readonly string[])[] => {
  const { rpo } = report;
  if (rpo === undefined) return [];
  const deciding = describeDecidingLoss(report, rpo);
  return [
    ['Achieved RPO', `${describeSeconds(rpo.seconds)}, ${describeLostWrites(report, rpo)}`],
    ...(deciding === undefined ? [] : [['', deciding]]),
  ];
};

const describeCutover = ({ rto, cutover, clients, evidence }: DrillReport): (readonly string[])[] => [
  ...(rto === undefined
    ? []
    : [
        [
          'Achieved RTO',
          `${describeSeconds(rto.totalSeconds)} from the ${rto.from} (machine ${describeSeconds(rto.machineSeconds)}, people ${describeSeconds(rto.humanWaitSeconds)})`,
        ],
      ]),
  ...(cutover === undefined
    ? clients === undefined
      ? []
      : [
          [
            'Clients',
            `without service for ${describeMs(clients.unservedMs)} in all, ${countOf(clients.failedOperations, 'operation')} failed`,
          ],
        ]
    : [
        [
          'Clients',
          `${describeMs(cutover.outageMs)} without service, ${countOf(cutover.failedOperations, 'operation')} failed`,
        ],
      ]),
  ...(evidence === undefined
    ? []
    : [['Signed', `${evidence.keyName} v${evidence.keyVersion}, SHA-256 ${evidence.sha256}`]]),
];

export const colours = (paint: Paint): Readonly<Record<DrillResult, (text: string) => string>> => ({
  passed: paint.green,
  failed: paint.red,
  rejected: paint.yellow,
  expired: paint.yellow,
  cancelled: paint.yellow,
});
