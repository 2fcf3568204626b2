import type { Run } from '../run/run.js';

/** Removes the pair. Infra and the bucket, which sign the report and keep the snapshot, go once the report is written. */
export const takeDown = async ({ drillId, plan: { lane, teardown }, record, steps }: Run): Promise<void> => {
  if (teardown === 'never') {
    record.leaveOut('teardown', 'the plan keeps the lane');
    return record.noteLaneKept();
  }
  const outcome = await record.phase('teardown', () =>
    steps.teardownLane({ lane, drillId, onlyIfCreated: teardown === 'created', part: 'pair' }),
  );
  if (outcome === 'kept') record.noteLaneKept();
  else record.noteLaneRemoved();
};
