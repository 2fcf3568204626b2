import type { CheckedRequirements } from '../../activities/preflight/check-requirements.js';
import { hasOperator, type Topology } from '../../domain/pair/topology.js';
import type { Run } from '../run/run.js';

/** Checks everything that the drill needs, before it writes or removes anything. */
export const preflight = ({ drillId, plan, record, steps }: Run, topology: Topology): Promise<CheckedRequirements> =>
  record.phase('preflight', async () => {
    const found = await steps.checkRequirements({ topology });
    record.noteVersions({ source: found.source.version, target: found.target.version });
    record.warn(...(found.warnings ?? []));
    record.require(...found.checks);
    record.require(await steps.checkCutover({ topology, drillId, plan, before: 'anything' }));
    if (topology.capabilities?.includes('isolation'))
      record.require(await steps.checkIsolation({ lane: plan.lane, drillId }));
    if (hasOperator(topology)) record.require(...(await steps.checkOperators({ topology, plan })));
    return found;
  });
