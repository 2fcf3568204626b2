import { asTemporalActivities } from './as-temporal-activity.js';
import { holding } from './holding.js';
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
import type { ActivityPorts } from './ports/activity-ports.js';
import { createCheckCutover } from './preflight/check-cutover.js';
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
export const createDrillActivities = (ports: ActivityPorts) => {
  const changes = holding(ports);
  return {
    // These steps take the lane or give it back, change nothing of the pair, or write to a place of the drill's own.
    resolvePlan: createResolvePlan(ports),
    reserveLane: createReserveLane(ports),
    releaseLane: createReleaseLane(ports),
    checkCutover: createCheckCutover(ports),
    checkOperators: createCheckOperators(ports),
    checkRequirements: createCheckRequirements(ports),
    awaitServed: createAwaitServed(ports),
    settleOperatorBackup: createSettleOperatorBackup(ports),
    inspectArchive: createInspectArchive(ports),
    proveSeal: createProveSeal(ports),
    checkTargetStorage: createCheckTargetStorage(ports),
    observeRestore: createObserveRestore(ports),
    observeSeal: createObserveSeal(ports),
    waitForTransit: createWaitForTransit(ports),
    verifyTarget: createVerifyTarget(ports),
    compareStores: createCompareStores(ports),
    readCanary: createReadCanary(ports),
    measureRecovery: createMeasureRecovery(ports),
    measureMove: createMeasureMove(ports),
    measureClients: createMeasureClients(ports),
    digestEvidence: createDigestEvidence(),
    awaitClients: createAwaitClients(ports),
    confirmClients: createConfirmClients(ports),
    tagSnapshot: createTagSnapshot(ports),
    writeReport: createWriteReport(ports),
    // These steps change something of the pair, or have it changed.
    provisionPart: changes(createProvisionPart(ports)),
    provisionLane: changes(createProvisionLane(ports)),
    checkIsolation: changes(createCheckIsolation(ports)),
    saveLogs: changes(createSaveLogs(ports)),
    readLastError: changes(createReadLastError(ports)),
    seedPair: changes(createSeedPair(ports)),
    runClient: changes(createRunClient(ports)),
    takeSnapshot: changes(createTakeSnapshot(ports)),
    backUpByOperator: changes(createBackUpByOperator(ports)),
    loseSource: changes(createLoseSource(ports)),
    recoverSource: changes(createRecoverSource(ports)),
    submitRestore: changes(createSubmitRestore(ports)),
    restoreByOperator: changes(createRestoreByOperator(ports)),
    repairTrust: changes(createRepairTrust(ports)),
    acknowledgeRestore: changes(createAcknowledgeRestore(ports)),
    restartSite: changes(createRestartSite(ports)),
    fenceSite: changes(createFenceSite(ports)),
    liftFence: changes(createLiftFence(ports)),
    switchClients: changes(createSwitchClients(ports)),
    teardownLane: changes(createTeardownLane(ports)),
  };
};

export type DrillActivities = ReturnType<typeof createDrillActivities>;

/** The activities as a worker registers them. */
export const createActivities = (ports: ActivityPorts) =>
  asTemporalActivities(createDrillActivities(ports), ports.secrets);

export type RegisteredActivities = ReturnType<typeof createActivities>;
