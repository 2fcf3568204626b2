/** The lock that keeps the operator's backups, restores and upgrades of one cluster apart. It never runs out by itself. */
import { textAt } from '../../domain/fields.js';
import { operatorKinds } from './objects.js';
import type { OperatorAccess } from '../../domain/pair/topology.js';

export interface OperationLock {
  /** `Backup`, `Restore` or `Upgrade`. */
  readonly operation: string;
  /** The controller that holds it: `openbaocluster/backup`, `openbaorestore/<name>`. */
  readonly holder: string;
  /** ISO 8601. */
  readonly acquiredAt?: string;
}

export const lockOf = (cluster: unknown): OperationLock | undefined => {
  const operation = textAt(cluster, 'status', 'operationLock', 'operation');
  const holder = textAt(cluster, 'status', 'operationLock', 'holder');
  if (operation === undefined && holder === undefined) return undefined;
  const acquiredAt = textAt(cluster, 'status', 'operationLock', 'acquiredAt');
  return {
    operation: operation ?? 'unknown',
    holder: holder ?? 'unknown',
    ...(acquiredAt !== undefined && { acquiredAt }),
  };
};

/** The lock a restore says it waits for. Undefined when it waits for none. */
export const lockWaitedFor = (message: string | undefined): OperationLock | undefined => {
  const found = /^Waiting for cluster operation lock(?::\s*operation=(\S+)\s+holder=(\S+))?/.exec(message ?? '');
  return found === null ? undefined : { operation: found[1] ?? 'unknown', holder: found[2] ?? 'unknown' };
};

/** Completes "held …". */
export const describeLock = ({ operation, holder, acquiredAt }: OperationLock): string =>
  `by ${holder} for ${operation}${acquiredAt === undefined ? '' : ` since ${acquiredAt}`}`;

/**
 * A backup's lock outlives its Job until the operator looks again, a minute later at the most. An older lock stays until an
 * administrator removes it.
 */
export const backupLockSettlesWithinMs = 90_000;

/** Whether the lock may still go away by itself. */
export const maySettle = ({ operation, acquiredAt }: OperationLock, nowMs: number): boolean => {
  if (operation !== 'Backup' || acquiredAt === undefined) return false;
  const sinceMs = Date.parse(acquiredAt);
  return !Number.isNaN(sinceMs) && nowMs - sinceMs < backupLockSettlesWithinMs;
};

type NamedCluster = Pick<OperatorAccess, 'context' | 'namespace' | 'cluster'>;

/** The exact command that releases the lock, for a person who has made sure that its holder is not at work. */
export const releaseLockCommand = (named: NamedCluster, { operation, holder }: OperationLock): string => {
  if (operation === 'Backup') return unstickBackupCommand(named);
  const [, restore] = /^openbaorestore\/(.+)$/i.exec(holder) ?? [];
  return operation === 'Restore' && restore !== undefined
    ? `${kubectl(named)} delete ${operatorKinds.restores} ${quoted(restore)}`
    : statusRemoval(named, '/status/operationLock');
};

/**
 * The exact command for a backup whose status sticks: with that status gone, the operator writes it anew and releases the
 * backup's lock by itself.
 */
export const unstickBackupCommand = (named: NamedCluster): string => statusRemoval(named, '/status/backup');

const statusRemoval = (named: NamedCluster, path: string): string =>
  `${kubectl(named)} patch ${operatorKinds.clusters} ${quoted(named.cluster)} --subresource=status --type=json ` +
  `--patch '[{"op":"remove","path":"${path}"}]'`;

const kubectl = ({ context, namespace }: NamedCluster): string =>
  `kubectl --context ${quoted(context)} --namespace ${quoted(namespace)}`;

const quoted = (word: string): string => (/^[\w./:@-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);
