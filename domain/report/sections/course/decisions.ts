/** Shows who decided, on which evidence, in which words. */
import type { Decision } from '../../../approval/approval.js';
import type { AtStake } from '../../../recovery/at-stake.js';
import type { DrillReport } from '../../report.js';
import { whyAbsent } from '../../report-facts.js';
import { countOf, describeSeconds } from '../../../units.js';
import { type Block, bullets, missing, pairs, part, type Section, table } from '../blocks.js';
import { moment } from '../../../moments.js';
import { code, digest, ended, said, type Text, toned } from '../text.js';

export const sayDecisions = (report: DrillReport): Section => {
  const { approvals, decidedOn } = report;
  return {
    id: 'decisions',
    title: 'Who decided, and on what',
    blocks: [
      decidedOn === undefined
        ? missing(['No evidence was shown to a person: ', said(ended(whyAbsent(report, 'approval')))])
        : pairs([
            ['SHA-256 of the evidence that people decided on', code(decidedOn.sha256)],
            ...(decidedOn.atStake === undefined
              ? []
              : [['At stake when they were asked', sayStake(decidedOn.atStake)] as const]),
          ]),
      approvals.length === 0
        ? missing('No person decided.')
        : table(
            ['Decision', 'By', 'When', 'Bound to', 'In their words'],
            approvals.map((decision) => ({
              cells: [
                decision.decision === 'approve' ? toned('✔ approved', 'good') : toned('⊘ rejected', 'warn'),
                [said(decision.approver), ` (${decision.via})`],
                moment(decision.at),
                sayBinding(decision, decidedOn?.sha256),
                decision.comment === undefined ? 'no comment' : said(decision.comment),
              ],
            })),
          ),
      ...sayIgnored(report),
    ],
  };
};

const sayStake = ({ seconds, lostWrites, growing }: AtStake): string =>
  `${countOf(lostWrites, 'write')} in ${describeSeconds(seconds)}${growing ? ', and growing: the source still took writes' : ''}`;

const sayBinding = ({ evidenceSha256 }: Decision, shown: string | undefined): Text => {
  if (evidenceSha256 === undefined) return 'no digest: the decision named none';
  return [digest(evidenceSha256), evidenceSha256 === shown ? ', the evidence above' : ', another evidence than above'];
};

const sayIgnored = ({ ignoredMessages, moreIgnoredMessages = 0 }: DrillReport): readonly Block[] => {
  const items: readonly Text[] = [
    ...ignoredMessages.map(({ message, why, at }): Text => [said(message), ` at ${moment(at)}: `, said(why)]),
    ...(moreIgnoredMessages === 0 ? [] : [`${countOf(moreIgnoredMessages, 'more message')}, not listed`]),
  ];
  return items.length === 0 ? [] : [part('Messages that changed nothing', [bullets(items)])];
};
