/** Shows the drill's result with its reason, and how to know that the report is genuine. */
import type { DrillReport, DrillResult } from '../report.js';
import { whyAbsent } from '../report-facts.js';
import { type Block, pairs, paragraph } from './blocks.js';
import { moment, period } from '../../moments.js';
import { code, ended, said, strong, type Text, toned } from './text.js';
import { sayWarning } from './warnings.js';

export const verdicts: Readonly<Record<DrillResult, string>> = {
  passed: '✔ Passed',
  failed: '✘ Failed',
  rejected: '⊘ Rejected',
  expired: '⊘ Expired',
  cancelled: '⊘ Cancelled',
};

/** The rehearsed scenario, without a full stop. */
export const scenarioOf = ({ plan }: DrillReport): string =>
  `Recovery drill of an OpenBao pair: ${
    plan.disaster === 'source-loss' ? 'the source is lost' : 'the source stays up until the cutover'
  }${plan.revert ? '' : '; a failover, the clients stay on the target'}`;

const verifyCommand = 'openbao-dr verify-report report.json --public-key KEY.pem';

export const sayHead = (report: DrillReport, keyFingerprint: string | undefined): readonly Block[] => [
  paragraph(said(ended(report.reason))),
  ...sayUnserved(report),
  ...(report.warnings ?? []).map(sayWarning),
  pairs([
    ['Drill', code(report.drillId)],
    ['Lane', said(report.lane)],
    ['When', period(report.startedAt, report.endedAt)],
    ...signed(report, keyFingerprint),
  ]),
];

/** The section starts with clients that have no service, because nothing is more urgent. */
const sayUnserved = ({ clients }: DrillReport): readonly Block[] => {
  if (clients === undefined) return [];
  const last = clients.outages.at(-1);
  const since = clients.operations === 0 ? clients.touchedAt : last?.to === undefined ? last?.from : undefined;
  if (since === undefined) return [];
  return [
    paragraph(
      [
        strong('Clients have no service'),
        ` as far as is known, since ${moment(since)}. Give it back first, then read on.`,
      ],
      'alarm',
    ),
  ];
};

const signed = (
  report: DrillReport,
  keyFingerprint: string | undefined,
): readonly (readonly [label: string, value: Text])[] => {
  const { evidence } = report;
  if (evidence === undefined) {
    return [
      ['Signature', [toned('Not signed', 'warn'), ': ', said(ended(whyAbsent(report, 'signature', 'evidence')))]],
    ];
  }
  const { keyName, keyVersion, sha256 } = evidence;
  return [
    ['SHA-256 of the report', code(sha256)],
    [
      'Signed by',
      [
        said(`${keyName}, version ${keyVersion}`),
        ...(keyFingerprint === undefined ? [] : ['; fingerprint of its public key ', code(keyFingerprint)]),
      ],
    ],
    ['Verify with', code(verifyCommand)],
  ];
};
