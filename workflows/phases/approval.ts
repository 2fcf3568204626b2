import type { Decision } from '../../domain/approval/approval.js';
import type { AcknowledgedWrite } from '../../domain/report/report.js';
import { awaitApproval } from '../run/messages/ballot.js';
import type { Run } from '../run/run.js';
import type { DrillPoint } from './backup.js';
import type { SourceLoss } from './disaster.js';
import { findAtStake } from './moving/measure-recovery.js';
import { measuring } from './moving/measuring.js';

export interface BeforeApproval {
  readonly point: DrillPoint;
  readonly recovered: AcknowledgedWrite | undefined;
  readonly loss: SourceLoss | undefined;
}

/** Digests all findings as evidence, and waits for a person to decide on it. */
export const approval = (run: Run, { point: { snapshot }, recovered, loss }: BeforeApproval): Promise<Decision> => {
  const { drillId, plan, record, steps } = run;
  return record.phase('approval', async () => {
    const atStake = await measuring(record, () => findAtStake(run, { recovered, loss }));
    const stake = atStake === undefined ? {} : { atStake };
    const { checks, warnings } = record.status();
    const seen = { drillId, plan, checks, ...(warnings && { warnings }), ...record.facts, ...stake, snapshot };
    record.note({ decidedOn: { sha256: await steps.digestEvidence(seen), ...stake } });
    return awaitApproval(record, plan.approval);
  });
};
