/** Reads the status of an `OpenBaoCluster`. Its conditions mirror labels of pods: they are the operator's word, no probe. */
import { describeLock, lockOf, type OperationLock } from './lock.js';
import { numberAt, textAt, valueAt } from '../../domain/fields.js';
import { conditionOf } from './objects.js';

export interface OperatorBackupStatus {
  /** Key of the last backup the operator has noticed. */
  readonly lastName?: string;
  readonly lastFailure?: string;
  /** Failures in a row. */
  readonly failures: number;
  /** The last trigger that was seen to; only the operator's newer line says so. */
  readonly handledTrigger?: string;
}

export interface OperatorCluster {
  readonly phase: string;
  readonly lock?: OperationLock;
  readonly backup: OperatorBackupStatus;
  /** A problem that keeps the operator from acting on this cluster until a person has looked at it. */
  readonly breakGlass?: string;
  readonly available: boolean;
  readonly initialized: boolean;
  readonly unsealed: boolean;
}

export const readOperatorCluster = (object: unknown): OperatorCluster => {
  const lock = lockOf(object);
  const breakGlass = breakGlassOf(object);
  return {
    phase: textAt(object, 'status', 'phase') ?? 'unknown',
    available: conditionOf(object, 'Available')?.status === 'True',
    initialized: conditionOf(object, 'OpenBaoInitialized')?.status === 'True',
    unsealed: conditionOf(object, 'OpenBaoSealed')?.status === 'False',
    backup: backupStatusOf(object),
    ...(lock !== undefined && { lock }),
    ...(breakGlass !== undefined && { breakGlass }),
  };
};

const backupStatusOf = (object: unknown): OperatorBackupStatus => {
  const read = (member: string): string | undefined => textAt(object, 'status', 'backup', member);
  const lastName = read('lastBackupName') ?? textAt(object, 'status', 'backup', 'latestSnapshot', 'key');
  const reason = read('lastFailureReason');
  const message = read('lastFailureMessage');
  const handledTrigger = read('lastHandledManualTrigger');
  return {
    failures: numberAt(object, 'status', 'backup', 'consecutiveFailures') ?? 0,
    ...(lastName !== undefined && { lastName }),
    ...(reason !== undefined && { lastFailure: message === undefined ? reason : `${reason}: ${message}` }),
    ...(handledTrigger !== undefined && { handledTrigger }),
  };
};

const breakGlassOf = (object: unknown): string | undefined => {
  if (valueAt(object, 'status', 'breakGlass', 'active') !== true) return undefined;
  return (
    textAt(object, 'status', 'breakGlass', 'message') ?? textAt(object, 'status', 'breakGlass', 'reason') ?? 'active'
  );
};

/** The obstacles to a backup or restore of this cluster. Empty: none. */
export const whatIsWrong = (cluster: OperatorCluster): readonly string[] => [
  ...(cluster.phase === 'Running' ? [] : [`phase ${cluster.phase}`]),
  ...(cluster.available ? [] : ['not Available']),
  ...(cluster.initialized ? [] : ['not OpenBaoInitialized']),
  ...(cluster.unsealed ? [] : ['OpenBaoSealed']),
  ...(cluster.lock === undefined ? [] : [`locked ${describeLock(cluster.lock)}`]),
  ...(cluster.breakGlass === undefined ? [] : [`break-glass: ${cluster.breakGlass}`]),
];
