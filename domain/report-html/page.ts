/** A drill's report as one HTML file: no script, nothing from the network, to be read, printed, mailed and archived. */
import type { DrillReport } from '../report.js';
import { renderCleanup, renderControls, renderEvidence, renderLeftOut, renderOrigin } from './closing.js';
import { type Markup, markup, trusted } from './markup.js';
import { section } from './parts.js';
import {
  renderApprovals,
  renderChecks,
  renderClients,
  renderEquality,
  renderOperatorRestore,
  renderPhases,
  renderSnapshot,
} from './proof.js';
import { renderFigures, renderResult } from './result.js';
import { style } from './style.js';
import { renderTimeline } from './timeline.js';

export interface ReportHtmlOptions {
  /** SHA-256 of the SPKI (DER) of the key that signed the report, hex. Computed by the caller: this is pure. */
  readonly keyFingerprint?: string;
}

/** Renders `report.html`. Text of people and servers is text in it, never markup. */
export const renderReportHtml = (report: DrillReport, { keyFingerprint }: ReportHtmlOptions = {}): string => {
  const page: Markup = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Drill ${report.drillId}: ${report.result}</title>
<style>${trusted(style)}</style>
</head>
<body>
<main>
${renderResult(report)}${renderFigures(report)}${section(
    'Timeline',
    renderTimeline(report),
    renderClients(report),
    renderPhases(report),
  )}${renderChecks(report)}${renderOperatorRestore(report)}${renderEquality(report)}${renderSnapshot(report)}${renderApprovals(report)}${renderEvidence(
    report,
    keyFingerprint,
  )}${renderControls(report)}${renderLeftOut(report)}${renderCleanup(report)}${renderOrigin(report)}<footer>Made by openbao-dr ${
    report.versions.openbaoDr
  } from report.json of drill ${report.drillId}.</footer>
</main>
</body>
</html>
`;
  return page.html;
};
