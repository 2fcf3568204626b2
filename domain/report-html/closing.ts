/** How the report can be proved, what it means for controls, and what was left out or left behind. */
import { controlMapCaveat, type MappedControl, mapControls } from '../control-map.js';
import type { CleanupReport, DrillReport } from '../report.js';
import { whyAbsent } from '../report-facts.js';
import { type Markup, markup, nothing } from './markup.js';
import { bullets, code, missing, pairs, paragraph, said, section, sentence } from './parts.js';

/** @param keyFingerprint SHA-256 of the key's SPKI in DER, hex; shown so that it can be compared with a trusted one. */
export const renderEvidence = (report: DrillReport, keyFingerprint: string | undefined): Markup => {
  const { evidence } = report;
  if (evidence === undefined) {
    const why = whyAbsent(report, 'signature', 'evidence');
    return section('Signature', missing(`This report is not signed: ${why}. Whoever holds it can have changed it.`));
  }
  return section(
    'Signature',
    pairs([
      ['SHA-256 of the report', code(evidence.sha256)],
      ['Signature (Ed25519, base64)', code(evidence.signature)],
      ['Key', `${evidence.keyName}, version ${evidence.keyVersion}`],
      [
        'Fingerprint of the public key (SHA-256)',
        keyFingerprint === undefined ? 'shown by the command below' : code(keyFingerprint),
      ],
    ]),
    markup`<pre>${evidence.publicKey.trim()}</pre>`,
    paragraph(
      'Signed is report.json, not this page: a page can be changed by whoever has it. Verify report.json with a public key that ' +
        'you have from elsewhere, for the one above proves nothing by itself:',
    ),
    markup`<pre>openbao-dr verify-report report.json --public-key KEY.pem</pre>`,
  );
};

const chips: Readonly<Record<MappedControl['outcome'], readonly [string, string]>> = {
  passed: ['good', 'its checks passed'],
  failed: ['bad', 'a check failed'],
  partly: ['warn', 'in part: some checks were not made'],
  'not made': ['', 'not made in this drill'],
};

const shows: Readonly<Record<MappedControl['outcome'], string>> = {
  passed: 'Shows',
  failed: 'Would show, had its checks passed',
  partly: 'Shows, as far as its checks were made',
  'not made': 'Would show, had its checks been made',
};

export const renderControls = (report: DrillReport): Markup => {
  const mapped = mapControls(report);
  const frameworks = [...new Set(mapped.map(({ framework }) => framework))];
  return section(
    'What this means for controls',
    paragraph(controlMapCaveat),
    ...frameworks.map(
      (framework) =>
        markup`<h3>${framework}</h3>${mapped.filter((control) => control.framework === framework).map(renderControl)}`,
    ),
  );
};

const renderControl = ({ control, title, outcome, passed, failed, notMade, ...text }: MappedControl): Markup => {
  const [looks, chip] = chips[outcome];
  const names = (label: string, list: readonly string[]): Markup =>
    list.length === 0 ? nothing : markup`<p><span class="label">${label}:</span> ${list.join(', ')}</p>`;
  return markup`<div class="control"><h4>${control}: ${title} <span class="chip ${looks}">${chip}</span></h4>
<p><span class="label">${shows[outcome]}:</span> ${text.shows}</p><p><span class="label">Does not show:</span> ${text.doesNotShow}</p>${names(
    'Failed',
    failed,
  )}${names('Passed', passed)}${names('Not made', notMade)}</div>`;
};

export const renderLeftOut = ({ leftOut }: DrillReport): Markup =>
  section(
    'Left out',
    leftOut.length === 0
      ? missing('Nothing was left out.')
      : bullets(leftOut.map(({ what, why }) => markup`<strong>${what}</strong>: ${said(why)}`)),
  );

const outcomes: Readonly<Record<CleanupReport['outcome'], string>> = {
  succeeded: 'Everything that the drill made was removed.',
  failed: 'Failed: what is listed here still has to be undone by hand.',
  kept: 'The lane was kept; everything else was undone.',
};

export const renderCleanup = ({ cleanup: { outcome, failures } }: DrillReport): Markup =>
  section(
    'Clean-up',
    markup`<p class="${outcome === 'failed' ? 'bad' : ''}">${outcomes[outcome]}</p>`,
    failures.length === 0 ? nothing : bullets(failures.map((failure) => said(sentence(failure)))),
  );

export const renderOrigin = ({ versions, workflowId, runId, schemaVersion, plan }: DrillReport): Markup =>
  section(
    'Versions and origin',
    pairs([
      ['openbao-dr', versions.openbaoDr],
      ['OpenBao at the source', versions.openbao.source ?? 'not known'],
      ['OpenBao at the target', versions.openbao.target ?? 'not known'],
      ['Temporal workflow', code(workflowId)],
      ['Run', code(runId)],
      ['Version of the report', schemaVersion],
    ]),
    markup`<h3>Plan</h3><pre>${JSON.stringify(plan, undefined, 2)}</pre>`,
  );
