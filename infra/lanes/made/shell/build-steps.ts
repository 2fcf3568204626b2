/** Steps of building a lane that do not depend on what it is made of. */
import type { Progress, ProvisionRequest } from '../../../../activities/ports/provisioning.js';
import { type AskedPair, assertTargetAnswersNoClients } from '../clients-name.js';
import type { LaneRecordFile } from '../record/lane-record-file.js';
import { assertNoneShut, assertTargetMayGo, isShut, pairSides, reopenSides } from '../record/lane-sides.js';
import type { MadeRecord } from './lane-host.js';

export interface TargetToRenew {
  readonly record: MadeRecord;
  /** Where to ask for the clients' name. */
  readonly askedPair: () => Promise<AskedPair | undefined>;
  readonly progress: Progress;
}

/**
 * Whether the target is to be wiped and set up like a new one: a fresh one is asked for, and that which is there holds restored data, and
 * has lost its own identities.
 *
 * @throws KnownFailure `TargetServesClients` or `ClientsNameSilent`: clients use it, or may.
 */
export const isTargetToRenew = async (
  { freshTarget }: Pick<ProvisionRequest, 'freshTarget'>,
  { record, askedPair, progress }: TargetToRenew,
): Promise<boolean> => {
  const { lane, targetUsedBy } = record;
  if (!freshTarget || targetUsedBy === undefined) return false;
  assertTargetMayGo(record);
  await assertTargetAnswersNoClients(lane, await askedPair());
  progress(`target: holds data of drill ${targetUsedBy}, built anew`);
  return true;
};

/**
 * Writes down that sides which a dead drill has left lost or fenced are to serve again.
 *
 * @throws KnownFailure `LaneBusy`: a drill has the lane, and it is that drill which has shut a side.
 */
export const reopenSidesFor = async <R extends MadeRecord>(
  { inUse = false }: Pick<ProvisionRequest, 'inUse'>,
  recordFile: Pick<LaneRecordFile<R>, 'existing' | 'update'>,
  progress: Progress,
): Promise<R> => {
  const record = await recordFile.existing();
  if (inUse) assertNoneShut(record);
  if (!pairSides.some((side) => isShut(record, side))) return record;
  return recordFile.update((current: MadeRecord) => reopenSides(current, progress));
};
