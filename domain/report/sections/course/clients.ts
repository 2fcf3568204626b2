/** Shows the clients' experience, and which side served them when. */
import type { DrillReport } from '../../report.js';
import { clientSpans, describeClientsAccount, describeClientsMoved, describeNoMove } from '../../report-facts.js';
import { describeSpan } from '../../../units.js';
import { type Block, bullets, missing, table } from '../blocks.js';
import { clock, moment } from '../../../moments.js';
import { ended, said, sentence } from '../text.js';

export const sayClients = (report: DrillReport): readonly Block[] => {
  const { cutover, revert, clients, handMoves = [] } = report;
  const spans = clientSpans(report);
  const felt = [
    ...[cutover, revert].filter((way) => way !== undefined).map(describeClientsMoved),
    ...(clients === undefined ? [] : describeClientsAccount(clients)),
  ].map(sentence);
  return [
    felt.length === 0 ? missing(said(ended(describeNoMove(report)))) : bullets(felt),
    ...(handMoves.length === 0
      ? []
      : [
          bullets(
            handMoves.map(({ to, by, comment, at }) => [
              said(by),
              ` said that the clients were moved to the ${to}, at ${moment(at)}`,
              ...(comment === undefined ? [] : [': ', said(comment)]),
            ]),
          ),
        ]),
    ...(spans.length === 0
      ? []
      : [
          table(
            ['Served by', 'From (UTC)', 'To', 'Time', 'Operations'],
            spans.map(({ servedBy, from, to, operations }) => ({
              cells: [servedBy, clock(from), clock(to), describeSpan(from, to), operations],
            })),
            { compact: true },
          ),
        ]),
  ];
};
