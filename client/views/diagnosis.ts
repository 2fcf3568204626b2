/** Renders the doctor's findings as a table, with advice below every problem. */
import type { ToolExamination } from '../../systems/tools/index.js';
import type { Diagnosis } from '../commands/lanes/doctor.js';
import { columns, type Paint, plain, printable } from './text.js';

const marks = { ready: '✔', installable: '✔', missing: '✘', unusable: '✘' } as const;

export const renderDiagnosis = (diagnosis: Diagnosis, paint: Paint = plain): string => {
  const { findings, tools, installer, cacheFolder, canDrill } = diagnosis;
  const { python, pythonVersion, pipVersion, ready, problem } = installer;
  // A row for a tool that is neither present nor needed would only confuse.
  const shown = tools.filter(({ state, needed }) => needed || state !== 'missing');
  const problems = [
    ...findings.map((finding) => finding.problem),
    ...shown.map((tool) => tool.problem),
    ...(ready ? [] : [problem]),
  ].filter((text) => text !== undefined);
  return [
    columns([
      ...findings.map(({ what, found, ok }) => [ok === null ? '–' : ok ? '✔' : '✘', what, printable(found)]),
      ['✔', 'tool cache', cacheFolder],
      [ready ? '✔' : '✘', 'pip', describePip(python, pythonVersion, pipVersion)],
    ]),
    '',
    columns([
      ['', 'TOOL', 'VERSION', 'FROM', 'WHERE'],
      ...shown.map((tool) => [
        marks[tool.state],
        tool.tool,
        tool.version ?? '-',
        tool.source ?? describeState(tool),
        tool.path ?? '-',
      ]),
    ]),
    ...[...new Set(problems)].map((text) => `\n${paint.red('✘')} ${text}`),
    '',
    canDrill ? paint.green('A drill can run here.') : paint.red('A drill cannot run here.'),
  ].join('\n');
};

const describePip = (python: string, pythonVersion: string | undefined, pipVersion: string | undefined): string =>
  [`${python} ${pythonVersion ?? ''}`.trim(), pipVersion === undefined ? 'no pip' : `pip ${pipVersion}`].join(', ');

const describeState = ({ state, supported }: ToolExamination): string =>
  state === 'installable' ? `installed on first use (${supported})` : `${state}, needs ${supported}`;
