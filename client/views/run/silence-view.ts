/** Renders why a drill does not answer, and what to do about it, in a sentence. */
import type { Silence } from '../../drills/silence.js';
import { printable, shellWord } from '../text.js';

interface SilentDrill {
  readonly lane: string;
  readonly workflowId: string;
}

export const renderSilence = (silence: Silence | undefined, { lane, workflowId }: SilentDrill): string => {
  switch (silence?.why) {
    case undefined:
      return 'The drill does not answer, and Temporal did not say why: try again.';
    case 'no-worker':
      return `No worker takes tasks from the queue ${silence.taskQueue}: ${goOn(lane)}`;
    case 'cannot-replay':
      return (
        `A worker answers and cannot replay this drill${tries(silence.attempts)}, which another build of the program has brought to where it is` +
        `${movedBy(silence.movedBy)}: run a worker of that build again, and stop this one's. Nothing is lost meanwhile.` +
        said(silence.failure)
      );
    case 'task-fails':
      return `A worker answers and fails at this drill's own code${tries(silence.attempts)}${movedBy(silence.movedBy)}.${said(silence.failure)}`;
    case 'pinned': {
      const { deployment, buildId } = silence;
      return (
        `The drill stays with version ${deployment}.${buildId}, whose workers are gone: start one with TEMPORAL_DEPLOYMENT_NAME=${deployment} ` +
        `TEMPORAL_WORKER_BUILD_ID=${buildId}, or move the drill with \`temporal workflow update-options --workflow-id ${shellWord(workflowId)} ` +
        '--versioning-override-behavior auto_upgrade`.'
      );
    }
    case 'no-current-version':
      return (
        `Workers of ${silence.versions.join(' and ')} are there, and none of these versions takes new drills: make one current with ` +
        '`temporal worker deployment set-current-version`.'
      );
    case 'slow':
      return `A worker is there${namedAs(silence.workers)} and did not answer in time: it may be busy, so try again.`;
  }
};

/** The commands that bring a worker, ready to type. */
export const goOn = (lane: string): string =>
  `\`openbao-dr resume ${lane}\` brings one and goes on, \`openbao-dr cancel ${lane}\` undoes what the drill did and ends it.`;

const namedAs = (workers: readonly string[]): string =>
  workers.length === 0 ? '' : ` (${workers.slice(0, 5).map(printable).join(', ')})`;
const tries = (attempts: number | undefined): string => (attempts === undefined ? '' : ` (${attempts} tries so far)`);
const movedBy = (identity: string | undefined): string =>
  identity === undefined ? '' : ` (last moved by ${printable(identity)})`;
const said = (failure: string | undefined): string =>
  failure === undefined ? '' : ` Temporal has: ${printable(failure).slice(0, 300)}`;
