import { type Check, check } from '../../../domain/run/checks.js';
import { checkRpo, checkRto, recoveryTime } from '../../../domain/recovery/objectives.js';
import { type AtStake, atStakeOf } from '../../../domain/recovery/at-stake.js';
import { setDecidingApart } from '../../../domain/recovery/while-deciding.js';
import type { AcknowledgedWrite, ClientsMoved } from '../../../domain/report/report.js';
import type { PairSide } from '../../../domain/pair/topology.js';
import type { SourceLoss } from '../disaster.js';
import type { Run } from '../../run/run.js';

/**
 * Measures the loss, and judges it. A missed objective fails the drill, but does not end it: a late failover is still better
 * than none, and people decide on the figure.
 */
export const measurePoint = async (
  { drillId, plan: { objectives, revert }, record, steps }: Run,
  { recovered, before }: { readonly recovered: AcknowledgedWrite | undefined; readonly before: string },
): Promise<void> => {
  const { rpo: measured } = await steps.measureRecovery({
    drillId,
    before,
    ...(recovered === undefined ? {} : { recovered }),
  });
  const rpo = measured && setDecidingApart(measured, record.humanWaits, before);
  if (rpo === undefined) record.leaveOut('rpo', 'the canary has no write on both sides to compare');
  else record.note({ rpo });
  const judged = checkRpo(rpo, objectives, revert);
  if (judged !== undefined) record.record(judged);
};

/**
 * Computes the loss of an approval before people are asked for it. The loss of a lost source is measured already; a serving
 * source takes more writes until it is fenced.
 */
export const findAtStake = async (
  { drillId, plan: { objectives }, record, steps }: Run,
  { recovered, loss }: { readonly recovered: AcknowledgedWrite | undefined; readonly loss: SourceLoss | undefined },
): Promise<AtStake | undefined> => {
  const growing = loss === undefined;
  const { rpo } =
    loss !== undefined || recovered === undefined ? record.facts : await steps.measureRecovery({ drillId, recovered });
  return rpo && atStakeOf(rpo, { growing, objectives });
};

/** Measures how the clients experienced the cutover, whether a fenced side took a write, and the total time. */
export const measureTime = async (
  { drillId, plan, record, steps }: Run,
  {
    since,
    fencedAt,
    loss,
  }: { readonly since: string; readonly fencedAt?: string | undefined; readonly loss: SourceLoss | undefined },
): Promise<void> => {
  const { objectives, cutover } = plan;
  // Without a try by the stubborn canary, the fence was not observed.
  await steps.awaitServed({ drillId, by: 'target', since, stubbornSince: fencedAt ?? since });
  record.clients.seenServed = true;
  const { moved, servedAt } = await steps.measureMove({
    drillId,
    to: 'target',
    way: cutover.way,
    since: loss?.lostAt ?? since,
    ...(fencedAt === undefined ? {} : { fencedAt }),
    ...(loss === undefined ? {} : { lostAt: loss.goneAt }),
  });
  const startedAt = loss?.lostAt ?? fencedAt;
  const rto =
    servedAt === undefined || startedAt === undefined
      ? undefined
      : recoveryTime({
          from: loss === undefined ? 'fence' : 'loss',
          startedAt,
          servedAt,
          humanWaits: record.humanWaits,
        });
  record.note({ ...(moved === undefined ? {} : { cutover: moved }), ...(rto === undefined ? {} : { rto }) });
  record.record(checkFence(moved, 'source'));
  const judged = checkRto(rto, objectives.rtoSeconds);
  if (judged !== undefined) record.record(judged);
};

/** A write that is acknowledged by a side that clients have left is a split brain. */
export const checkFence = (moved: ClientsMoved | undefined, left: PairSide): Check =>
  check(
    'no-write-after-fence',
    moved?.writesAfterFence === 0,
    `no write acknowledged by the ${left} after it was fenced or lost`,
    moved === undefined ? 'not measured' : `${moved.writesAfterFence} writes among ${moved.operations} operations`,
  );
