import type { Topology } from '../../domain/pair/topology.js';
import type { Run } from '../run/run.js';
import { touch } from '../run/touched-clients.js';

export interface SourceLoss {
  /** ISO 8601, right before the source was killed: the recovery time runs from here. */
  readonly lostAt: string;
  /** When the source was seen to be gone: it acknowledged no later write. */
  readonly goneAt: string;
}

/** The disaster, if the plan has one: the source is really stopped. */
export const disaster = async (
  { drillId, plan, record, steps, undo }: Run,
  topology: Topology,
): Promise<SourceLoss | undefined> => {
  if (plan.disaster === 'none') {
    record.leaveOut('disaster', 'the plan leaves the source up until it is fenced at the cutover');
    return undefined;
  }
  return record.phase('disaster', async () => {
    undo.register('source recovered');
    touch(record.clients);
    const { check, ...loss } = await steps.loseSource({ topology, drillId });
    record.require(check);
    record.clients.sourceWasLost = true;
    return loss;
  });
};

export const recoverSource = ({ drillId, record, steps }: Run): Promise<void> =>
  steps.recoverSource({ topology: record.pair(), drillId });
