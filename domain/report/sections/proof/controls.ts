/** Shows what the checks mean for controls that auditors ask for. */
import { controlMapCaveat, type MappedControl, mapControls } from '../../control-map.js';
import type { DrillReport } from '../../report.js';
import { type Block, paragraph, part, type Part, type Section, table } from '../blocks.js';
import { chip, strong, type Tone } from '../text.js';

export const sayControls = (report: DrillReport): Section => {
  const mapped = mapControls(report);
  const frameworks = [...new Set(mapped.map(({ framework }) => framework))];
  return {
    id: 'controls',
    title: 'What this means for controls',
    blocks: [
      paragraph(controlMapCaveat),
      table(
        ['Framework', 'Control', 'Checks passed', 'Failed', 'Not made'],
        mapped.map(({ framework, control, passed, failed, notMade }) => ({
          cells: [framework, control, passed.length, failed.length === 0 ? 0 : failed.join(', '), notMade.length],
          failed: failed.length > 0,
        })),
        { compact: true },
      ),
      part(
        'What each of them shows, and what it does not',
        frameworks.map((framework) =>
          part(framework, mapped.filter((control) => control.framework === framework).map(sayControl)),
        ),
        { fold: 'closed', onlyPage: true },
      ),
    ],
  };
};

const answers: Readonly<Record<MappedControl['outcome'], readonly [string, Tone | undefined]>> = {
  passed: ['its checks passed', 'good'],
  failed: ['a check failed', 'bad'],
  partly: ['in part: some checks were not made', 'warn'],
  'not made': ['not made in this drill', undefined],
};

const shows: Readonly<Record<MappedControl['outcome'], string>> = {
  passed: 'Shows',
  failed: 'Would show, had its checks passed',
  partly: 'Shows, as far as its checks were made',
  'not made': 'Would show, had its checks been made',
};

const sayControl = ({ control, title, outcome, passed, failed, notMade, ...text }: MappedControl): Part => {
  const names = (label: string, list: readonly string[]): readonly Block[] =>
    list.length === 0 ? [] : [paragraph([strong(`${label}:`), ` ${list.join(', ')}`], 'fine')];
  return part(
    `${control}: ${title}`,
    [
      paragraph([strong(`${shows[outcome]}:`), ` ${text.shows}`]),
      paragraph([strong('Does not show:'), ` ${text.doesNotShow}`]),
      ...names('Failed', failed),
      ...names('Passed', passed),
      ...names('Not made', notMade),
    ],
    { answer: chip(...answers[outcome]) },
  );
};
