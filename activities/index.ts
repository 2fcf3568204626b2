import { asTemporalActivities } from './as-temporal-activity.js';
import { createBackUpByOperator } from './backup/back-up-by-operator.js';
import { createSettleOperatorBackup } from './backup/settle-operator-backup.js';
import { createTakeSnapshot } from './backup/take-snapshot.js';
import { createConfirmClients } from './cutover/confirm-clients.js';
import { createAwaitServed } from './clients/await-served.js';
import { createMeasureClients } from './clients/measure-clients.js';
import { createMeasureMove } from './clients/measure-move.js';
import { createMeasureRecovery } from './clients/measure-recovery.js';
import { createReadCanary } from './clients/read-canary.js';
import { createRunClient } from './clients/run-client.js';
import { createAwaitClients } from './cutover/await-clients.js';
import { createFenceSite } from './cutover/fence-site.js';
import { createLiftFence } from './cutover/lift-fence.js';
import { createSwitchClients } from './cutover/switch-clients.js';
import { createLoseSource } from './disaster/lose-source.js';
import { createRecoverSource } from './disaster/recover-source.js';
import { createInspectArchive } from './inspect/inspect-archive.js';
import { createReadLastError } from './lane/read-last-error.js';
import { createSaveLogs } from './lane/save-logs.js';
import { createProvisionLane, createProvisionPart } from './lane/provision-lane.js';
import { createReleaseLane, createReserveLane } from './lane/reserve-lane.js';
import { createRestartSite } from './lane/restart-site.js';
import { createTeardownLane } from './lane/teardown-lane.js';
import { createResolvePlan } from './plan/resolve-plan.js';
import type { ActivityPorts } from './ports.js';
import { createCheckIsolation } from './preflight/check-isolation.js';
import { createCheckOperators } from './preflight/check-operators.js';
import { createCheckRequirements } from './preflight/check-requirements.js';
import { createCheckTargetStorage } from './preflight/check-storage.js';
import { createDigestEvidence } from './report/digest-evidence.js';
import { createTagSnapshot } from './report/tag-snapshot.js';
import { createWriteReport } from './report/write-report.js';
import { createAcknowledgeRestore } from './restore/acknowledge-restore.js';
import { createObserveRestore } from './restore/observe-restore.js';
import { createRepairTrust } from './restore/repair-trust.js';
import { createRestoreByOperator } from './restore/restore-by-operator.js';
import { createSubmitRestore } from './restore/submit-restore.js';
import { createProveSeal } from './seal-proof/prove-seal.js';
import { createSeedPair } from './seed/seed-pair.js';
import { createObserveSeal } from './unseal/observe-seal.js';
import { createWaitForTransit } from './unseal/wait-for-transit.js';
import { createCompareStores } from './verify/compare-stores.js';
import { createVerifyTarget } from './verify/verify-target.js';

/** Every step a drill is made of, as plain functions over the given ports. */
export const createDrillActivities = (ports: ActivityPorts) => ({
  resolvePlan: createResolvePlan(),
  reserveLane: createReserveLane(ports),
  releaseLane: createReleaseLane(ports),
  provisionPart: createProvisionPart(ports),
  provisionLane: createProvisionLane(ports),
  checkIsolation: createCheckIsolation(ports),
  saveLogs: createSaveLogs(ports),
  readLastError: createReadLastError(ports),
  checkOperators: createCheckOperators(ports),
  checkRequirements: createCheckRequirements(ports),
  seedPair: createSeedPair(ports),
  runClient: createRunClient(ports),
  awaitServed: createAwaitServed(ports),
  takeSnapshot: createTakeSnapshot(ports),
  backUpByOperator: createBackUpByOperator(ports),
  settleOperatorBackup: createSettleOperatorBackup(ports),
  inspectArchive: createInspectArchive(ports),
  proveSeal: createProveSeal(ports),
  loseSource: createLoseSource(ports),
  recoverSource: createRecoverSource(ports),
  checkTargetStorage: createCheckTargetStorage(ports),
  submitRestore: createSubmitRestore(ports),
  restoreByOperator: createRestoreByOperator(ports),
  repairTrust: createRepairTrust(ports),
  acknowledgeRestore: createAcknowledgeRestore(ports),
  observeRestore: createObserveRestore(ports),
  observeSeal: createObserveSeal(ports),
  waitForTransit: createWaitForTransit(ports),
  restartSite: createRestartSite(ports),
  verifyTarget: createVerifyTarget(ports),
  compareStores: createCompareStores(ports),
  readCanary: createReadCanary(ports),
  measureRecovery: createMeasureRecovery(ports),
  measureMove: createMeasureMove(ports),
  measureClients: createMeasureClients(ports),
  digestEvidence: createDigestEvidence(),
  fenceSite: createFenceSite(ports),
  liftFence: createLiftFence(ports),
  switchClients: createSwitchClients(ports),
  awaitClients: createAwaitClients(ports),
  confirmClients: createConfirmClients(ports),
  teardownLane: createTeardownLane(ports),
  tagSnapshot: createTagSnapshot(ports),
  writeReport: createWriteReport(ports),
});

export type DrillActivities = ReturnType<typeof createDrillActivities>;

/** The activities as a worker registers them. */
export const createActivities = (ports: ActivityPorts) => asTemporalActivities(createDrillActivities(ports));

export type RegisteredActivities = ReturnType<typeof createActivities>;
