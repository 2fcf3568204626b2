/** Shows what was tested, by the questions that an auditor asks, and what was not. */
import { type Check, checkMarks, failedChecks, worstFirst } from '../../../run/checks.js';
import type { DrillReport } from '../../report.js';
import { phaseNames, type PhaseRecord } from '../../../run/phases.js';
import { whyAbsent } from '../../report-facts.js';
import { type Block, bullets, missing, part, type Part, type Row, type Section, table } from '../blocks.js';
import { answeredBy, type Question, questions, titledChecks } from './questions.js';
import { chip, ended, name, said, strong, type Text, type Tone, toned } from '../text.js';

export const sayChecks = (report: DrillReport): Section => {
  const { checks, leftOut } = report;
  const failed = failedChecks(checks).length;
  return {
    id: 'checks',
    title: failed === 0 ? `Checks (${checks.length})` : `Checks (${failed} of ${checks.length} failed)`,
    blocks: [
      ...(checks.length === 0
        ? [missing('No check was made.')]
        : (Object.keys(questions) as Question[]).map((question) => sayQuestion(question, report))),
      part(
        'What was not tested',
        leftOut.length === 0
          ? [missing('Nothing was left out.')]
          : [bullets(leftOut.map(({ what, why }) => [strong(what), ': ', said(why)]))],
      ),
    ],
  };
};

const sayQuestion = (question: Question, report: DrillReport): Part => {
  const asked = worstFirst(report.checks.filter((check) => titledChecks[check.name].question === question));
  const blocks: readonly Block[] =
    asked.length === 0
      ? [missing(['No check of this was made: ', said(ended(whyNotAsked(question, report)))])]
      : sayAsked(asked);
  const allPassed = asked.every(({ outcome }) => outcome === 'passed');
  return part(questions[question], blocks, {
    answer: answerOf(asked, isWhole(question, report)),
    fold: allPassed ? 'closed' : 'open',
  });
};

/** Failed checks stand alone, before the others. */
const sayAsked = (asked: readonly Check[]): readonly Block[] => {
  const passed = asked.filter(({ outcome }) => outcome === 'passed');
  const others = asked.filter(({ outcome }) => outcome !== 'passed');
  if (others.length === 0 || passed.length === 0) return [tableOf(asked)];
  return [tableOf(others), part(`Passed (${passed.length})`, [tableOf(passed)], { fold: 'closed' })];
};

const tableOf = (checks: readonly Check[]): Block =>
  table(['Check', 'Outcome', 'Expected', 'Observed'], checks.map(sayCheck));

const whyNotAsked = (question: Question, report: DrillReport): string => {
  const { rpoSeconds, rtoSeconds } = report.plan.objectives;
  return question === 'objectives' && rpoSeconds === undefined && rtoSeconds === undefined
    ? 'the plan sets no objective'
    : whyAbsent(
        report,
        ...Object.entries(titledChecks).flatMap(([check, titled]) => (titled.question === question ? [check] : [])),
      );
};

/**
 * Whether every check of a question could be made: a drill that ended early must not seem to have answered it. A phase that the
 * plan leaves out does not count.
 */
const isWhole = (question: Question, { result, phases, plan }: DrillReport): boolean => {
  if (result === 'passed') return true;
  const last = question === 'clients' && !plan.revert ? 'confirm' : answeredBy[question];
  const placeOf = ({ name }: PhaseRecord): number => phaseNames.indexOf(name);
  const runbook = phases.filter(({ name }) => name !== 'teardown');
  const passed = runbook.filter(({ outcome }) => outcome === 'passed');
  const [ended] = runbook.filter(({ outcome }) => outcome !== 'passed').map(placeOf);
  const place = phaseNames.indexOf(last);
  return passed.some((phase) => placeOf(phase) >= place) && (ended === undefined || ended > place);
};

const answerOf = (asked: readonly Check[], whole: boolean): Text => {
  if (asked.length === 0) return toned('– not tested', 'warn');
  const count = (outcome: Check['outcome']): number => asked.filter((check) => check.outcome === outcome).length;
  const [failed, skipped] = [count('failed'), count('skipped')];
  const notMade = skipped === 0 ? '' : `, ${skipped} not made`;
  if (failed > 0) return toned(`✘ ${failed} of ${asked.length} failed${notMade}`, 'bad');
  const good = skipped === 0 && whole;
  const cut = whole ? '' : ', then the drill ended';
  return toned(
    `${good ? '✔' : '–'} ${count('passed')} of ${asked.length} passed${notMade}${cut}`,
    good ? 'good' : 'warn',
  );
};

const tones: Readonly<Record<Check['outcome'], Tone>> = { passed: 'good', failed: 'bad', skipped: 'warn' };

const sayCheck = ({ name: checkName, outcome, expected, observed, reason }: Check): Row => {
  const { title, control } = titledChecks[checkName];
  return {
    cells: [
      [title, ' ', ...(control === undefined ? [] : [chip('negative control'), ' ']), name(checkName)],
      [
        toned(`${checkMarks[outcome]} ${outcome}`, tones[outcome]),
        ...(reason === undefined ? [] : [': ', said(reason)]),
      ],
      said(expected),
      said(observed),
    ],
    failed: outcome === 'failed',
  };
};
