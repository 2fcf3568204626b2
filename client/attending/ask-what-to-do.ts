/** Asks the person who wants a new drill what to do with the one that has not ended. */
import { isCancel, select } from '@clack/prompts';
import type { Input, Output } from '../cli/context.js';
import type { DrillView } from '../views/run/drill-view.js';
import type { FoundRun } from '../drills/find-runs.js';

interface AskWhatToDo {
  readonly input: Input;
  readonly output: Output;
  readonly view: DrillView;
  readonly lane: string;
  readonly run: FoundRun;
}

/** @returns `leave` also after Ctrl-C or Escape. */
export const askWhatToDo = async ({
  input,
  output,
  view,
  lane,
  run,
}: AskWhatToDo): Promise<'resume' | 'cancel' | 'leave'> => {
  view.pause();
  try {
    const where = run.phase === undefined ? '' : `, in phase ${run.phase}`;
    const answer = await select({
      input,
      output,
      message: `Drill ${run.drillId} of lane ${lane} has not ended${where}. What do you want to do with it?`,
      options: [
        { value: 'resume' as const, label: 'Go on with it', hint: `openbao-dr resume ${lane}` },
        { value: 'cancel' as const, label: 'Undo what it did, and end it', hint: `openbao-dr cancel ${lane}` },
        { value: 'leave' as const, label: 'Leave it as it is' },
      ],
    });
    return isCancel(answer) ? 'leave' : answer;
  } finally {
    view.resume();
  }
};
