import type { DrillReport } from '../domain/report/report.js';
import { approval } from './phases/approval.js';
import { backup } from './phases/backup.js';
import { confirm } from './phases/confirm.js';
import { cutover } from './phases/cutover.js';
import { disaster, recoverSource } from './phases/disaster.js';
import { inspect } from './phases/inspect.js';
import { accountForClients } from './phases/moving/account-for-clients.js';
import { preflight } from './phases/preflight.js';
import { provision } from './phases/provision.js';
import { restore } from './phases/restore.js';
import { moveBack } from './phases/revert.js';
import { sealProof } from './phases/seal-proof.js';
import { seed } from './phases/seed.js';
import { takeDown } from './phases/teardown.js';
import { unseal } from './phases/unseal.js';
import { verify } from './phases/verify.js';
import { conduct, type Runbook } from './run/conduct.js';

/**
 * One drill: backs the source up, restores it into the target, proves the restored data, waits for a person, moves the clients,
 * and leaves a report. A failover is the same with `revert: false`.
 *
 * @param input a plan as people type it, at least `{"lane":"local"}`; every other field has a default.
 * @returns the report of a drill that passed, was rejected or expired.
 * @throws ApplicationFailure `InvalidPlan`: the input is not a plan. Nothing was touched, no report is written.
 * @throws ApplicationFailure `DrillFailed`: the drill ran and did not pass; the report is the failure's first detail.
 * @throws ApplicationFailure `ReportNotWritten`: the report could not be kept; it is the failure's first detail.
 * @throws ApplicationFailure `RunWasReset`: the run came out of a reset. Nothing was touched, no report is written.
 * @throws CancelledFailure the drill was cancelled; the report is written, and `status` answers with it.
 */
export async function drDrill(input: unknown): Promise<DrillReport> {
  return conduct(drill, input);
}

const drill: Runbook = {
  async run(run) {
    const pair = await provision(run);
    const before = await preflight(run, pair);
    await seed(run, pair);
    const point = await backup(run, pair);
    const store = await inspect(run, pair, point);
    await sealProof(run, pair, point);
    const loss = await disaster(run, pair);
    const restored = await restore(run, pair, { before, point });
    await unseal(run, pair);
    const recovered = await verify(run, pair, { before, point, store, restored, loss });
    const approved = await approval(run, { point, recovered, loss });
    const moved = await cutover(run, pair, { approved });
    await confirm(run, pair, { moved, recovered, loss });
    return { result: 'passed', reason: `Every check passed; ${approved.approver} approved the cutover` };
  },
  undoings: {
    'lane taken down': takeDown,
    'client stopped': ({ canary }) => canary.stop(),
    'clients accounted for': accountForClients,
    'source recovered': recoverSource,
    'clients moved back': moveBack,
  },
};
