import { ApplicationFailure, condition } from '@temporalio/workflow';
import type { PairSide } from '../../domain/pair/topology.js';
import type { DrillRecord } from '../run/drill-record.js';
import { describeSeconds } from '../../domain/units.js';

/**
 * Waits until a person says (signal `cutoverDone`) that the clients were moved by hand. Whether they were, the probes that
 * follow tell.
 *
 * @param areThere the clients were seen on that side: there is nothing left to wait for.
 * @throws ApplicationFailure `CutoverTimedOut`: nobody said so in time.
 */
export const awaitHandMove = async (
  drill: DrillRecord,
  to: PairSide,
  timeoutSeconds: number,
  areThere: () => boolean = () => false,
): Promise<void> => {
  const since = Date.now();
  const before = drill.handMoves.length;
  drill.waitFor({
    what: 'cutover',
    to,
    since: new Date(since).toISOString(),
    expiresAt: new Date(since + timeoutSeconds * 1000).toISOString(),
    approvers: [],
  });
  try {
    const isDone = () => drill.handMoves.length > before || areThere();
    const moved = await condition(isDone, timeoutSeconds * 1000, {
      summary: `Wait for a person to move the clients to the ${to}`,
    });
    if (!moved) {
      throw ApplicationFailure.nonRetryable(
        `Nobody said within ${describeSeconds(timeoutSeconds)} that the clients were moved to the ${to}`,
        'CutoverTimedOut',
      );
    }
  } finally {
    drill.waitFor(undefined);
    drill.noteHumanWait({ kind: 'cutover', from: new Date(since).toISOString(), to: new Date().toISOString() });
  }
};
