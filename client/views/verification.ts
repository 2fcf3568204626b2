/** Renders the verification of a report: first whether it can be trusted, then its origin. */
import type { VerifiedReport } from '../reports/report-verification.js';
import { columns, type Paint, plain, printable } from './text.js';

export const renderVerification = (verification: VerifiedReport, paint: Paint = plain): string => {
  const { report, sha256, key, verified } = verification;
  const claims = verified ? '' : ' (as the file says)';
  return [
    headline(verification, paint),
    '',
    columns([
      ['Drill', `${printable(report.drillId)} on lane ${printable(report.lane)}${claims}`],
      ['When', printable(`${report.startedAt} to ${report.endedAt}`)],
      ['Result', `${report.result}: ${printable(report.reason)}`],
      ['SHA-256', sha256],
      ...(key === undefined
        ? []
        : [
            ['Key', `${key.fingerprint} (SHA-256 of its SPKI)`],
            ['Key name', `${printable(key.name)}, version ${key.version} (as the file says: a name is not signed)`],
          ]),
    ]),
  ].join('\n');
};

const headline = ({ refusal, trusted }: VerifiedReport, paint: Paint): string => {
  if (refusal !== undefined) return `${paint.bold(paint.red('REFUSED'))}: ${refusal.sentence}`;
  if (trusted) return `${paint.bold(paint.green('VERIFIED'))}: the key that was given signed exactly these contents.`;
  return (
    `${paint.bold(paint.yellow('NOT TRUSTED'))}: the signature is good, but only by the key in the report itself, and a forger ` +
    'who changed the report can have put another key there. Compare the fingerprint, or give the key with --public-key.'
  );
};
