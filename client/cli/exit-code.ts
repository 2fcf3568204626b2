/** Chooses the exit code of a command from a drill's report. */
import type { PhaseName } from '../../domain/run/phases.js';
import type { DrillReport } from '../../domain/report/report.js';
import type { ExitCode } from './context.js';

/** The phases before and after a drill asks anything of its pair: clean-up is no drill. */
const besideTheDrill: readonly PhaseName[] = ['provision', 'revert', 'teardown'];

/**
 * 0: it passed. 2: it failed before anything but its lane was begun, so it shows nothing about the pair: an image, a port, a
 * lane that another drill holds. 1: any other end.
 */
export const exitCodeOf = ({ result, phases }: Pick<DrillReport, 'result' | 'phases'>): ExitCode => {
  if (result === 'passed') return 0;
  const began = phases.some(({ name }) => !besideTheDrill.includes(name));
  return result === 'failed' && !began ? 2 : 1;
};
