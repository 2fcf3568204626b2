import { kindOfLane, laneOptionsOf } from '../../domain/plan/plan.js';
import { provisioningStages } from '../../domain/plan/provisioning.js';
import type { Topology } from '../../domain/pair/topology.js';
import type { Run } from '../run/run.js';

/** Reserves the lane, makes it part by part if its kind has parts, and then checks that it is complete. */
export const provision = async (run: Run): Promise<Topology> => {
  const { drillId, plan, record, steps, undo } = run;
  const { lane } = plan;
  const topology = await record.phase('provision', async () => {
    await steps.reserveLane({ lane, drillId });
    undo.register('lane taken down');
    const options = laneOptionsOf(plan);
    const kind = kindOfLane(lane);
    for (const stage of kind === undefined ? [] : provisioningStages(kind)) {
      await Promise.all(stage.map((part) => steps.provisionPart({ lane, drillId, options, part })));
    }
    const made = await steps.provisionLane({ lane, drillId, options });
    return made.topology;
  });
  record.noteTopology(topology);
  return topology;
};
