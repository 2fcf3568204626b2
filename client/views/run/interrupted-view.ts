/** Renders a drill that has not ended and that no worker moves: the reason, the state of the pair, and how to go on. */
import type { LaneWorld } from '../../../infra/lanes/lane-world.js';
import type { DrillState } from '../../drills/drill-state.js';
import { renderPending } from './pending-view.js';
import { goOn, renderSilence } from './silence-view.js';
import { type Paint, plain } from '../text.js';
import { renderWorld } from './world-view.js';

/** @param now milliseconds since the epoch. */
export const renderInterrupted = (
  state: DrillState,
  world: LaneWorld | undefined,
  { paint = plain, now = Date.now() }: { readonly paint?: Paint; readonly now?: number } = {},
): string => {
  const { drillId, lane = '…', phase, workflowId, knownFrom, silence, pending = [] } = state;
  const where = phase === undefined ? '' : ` in phase ${phase}`;
  const why =
    knownFrom === 'lane'
      ? `It has the lane, left no report, and the Temporal server that runs it is not the one asked here: name that server with TEMPORAL_ADDRESS; ${goOn(lane)} If that server is gone for good, \`openbao-dr undo ${lane} --force\` gives clients back and keeps the data.`
      : `${renderSilence(silence, { lane, workflowId })} If no worker can move it any more, terminate it, then give clients back with \`openbao-dr undo ${lane}\`.`;
  return [
    paint.bold(
      paint.yellow(`INTERRUPTED${where}: drill ${drillId} on lane ${lane} has not ended, and nothing moves it`),
    ),
    ...(world === undefined ? [] : renderWorld(world)).map((sentence) => `  ${sentence}`),
    ...renderPending(pending, now).map((sentence) => `  ${sentence}`),
    `  ${why}`,
  ].join('\n');
};
