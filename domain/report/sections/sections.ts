/**
 * Composes a drill's report once: its sections, their order and their content. Markdown and the page only render it, so they
 * differ in looks and never in their claims.
 */
import type { DrillReport, DrillResult } from '../report.js';
import type { Block, Section } from './blocks.js';
import { sayChecks } from './proof/checks.js';
import { sayCleanup } from './course/cleanup.js';
import { sayControls } from './proof/controls.js';
import { sayCourse } from './course/course.js';
import { sayDecisions } from './course/decisions.js';
import { sayEquality } from './proof/equality.js';
import { sayFigures } from './figures.js';
import { sayHead, scenarioOf, verdicts } from './head.js';
import { sayOperatorRestore } from './proof/operator-restore.js';
import { sayOrigin } from './origin.js';
import { saySignature } from './signature.js';
import { saySnapshot } from './proof/snapshot.js';

export interface ReportText {
  /** The drill, in one line. */
  readonly title: string;
  readonly result: DrillResult;
  readonly verdict: string;
  /** The rehearsed scenario. */
  readonly scenario: string;
  /** The reason for the result, warnings, and how to know that the report is genuine. */
  readonly head: readonly Block[];
  readonly sections: readonly Section[];
}

export interface SectionsOptions {
  /**
   * SHA-256 of the SPKI (DER) of the key that signed the report, hex. The caller computes it, because this function is pure.
   */
  readonly keyFingerprint?: string;
}

export const sectionsOf = (report: DrillReport, { keyFingerprint }: SectionsOptions = {}): ReportText => ({
  title: `Drill ${report.drillId} on lane ${report.lane}`,
  result: report.result,
  verdict: verdicts[report.result],
  scenario: scenarioOf(report),
  head: sayHead(report, keyFingerprint),
  sections: [
    sayFigures(report),
    sayChecks(report),
    sayCourse(report),
    ...(report.operatorRestore === undefined ? [] : [sayOperatorRestore(report.operatorRestore)]),
    sayEquality(report),
    saySnapshot(report),
    sayDecisions(report),
    saySignature(report),
    sayControls(report),
    sayCleanup(report),
    sayOrigin(report),
  ],
});
