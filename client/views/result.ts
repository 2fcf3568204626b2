/** How a drill ended, on one screen: result first, then why, then what it stands on. */
import type { DrillReport, DrillResult } from '../../domain/report.js';
import { renderChecks } from './checks-view.js';
import { renderWarnings } from './warnings-view.js';
import { columns, duration, type Paint, plain, printable } from './text.js';

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
    restoreToVerifiedSeconds === undefined ? '' : `, restore call to verified ${duration(restoreToVerifiedSeconds)}`;
  const split = `machine ${duration(machineSeconds)}, waiting for a person ${duration(humanWaitSeconds)}`;
  return `${duration(totalSeconds)} (${split}${verified})`;
};

const describeRecovery = ({ rpo, rto, cutover, clients, evidence }: DrillReport): (readonly string[])[] => [
  ...(rpo === undefined ? [] : [['RPO', `${rpo.seconds} s, ${rpo.lostWrites} writes lost`]]),
  ...(rto === undefined
    ? []
    : [
        [
          'RTO',
          `${rto.totalSeconds} s from the ${rto.from} (machine ${rto.machineSeconds} s, people ${rto.humanWaitSeconds} s)`,
        ],
      ]),
  ...(cutover === undefined
    ? clients === undefined
      ? []
      : [
          [
            'Clients',
            `without service for ${duration(clients.unservedMs / 1000)} in all, ${clients.failedOperations} operations failed`,
          ],
        ]
    : [['Clients', `${cutover.outageMs} ms without service, ${cutover.failedOperations} operations failed`]]),
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
