/** The OpenBao operator's resources in Kubernetes: their names, and how to read them. */
import { listAt, textAt } from '../../domain/fields.js';

/** Resources as kubectl names them. */
export const operatorKinds = {
  clusters: 'openbaoclusters.openbao.org',
  restores: 'openbaorestores.openbao.org',
  definitions: 'customresourcedefinitions.apiextensions.k8s.io',
} as const;

/** API version that the operator's resources are written in. */
export const operatorApiVersion = 'openbao.org/v1alpha1';

export const operatorAnnotations = {
  triggerBackup: 'openbao.org/trigger-backup',
  /** On a backup Job: the key it writes to. */
  backupKey: 'openbao.org/backup-key',
  /** `<uid>/Resume`. Only the operator's newer line reads it. */
  acknowledgeRestore: 'openbao.org/restore-acknowledge',
} as const;

/** Selects the operator's Jobs and their pods of one kind. */
export const jobSelector = (cluster: string, component: 'backup' | 'restore'): string =>
  `openbao.org/cluster=${cluster},openbao.org/component=${component}`;

export const serviceAccountOf = (cluster: string, use: 'backup' | 'restore'): string =>
  `${cluster}-${use}-serviceaccount`;

/** The common part of the operator's objects. */
export interface OperatorObject {
  readonly metadata?: {
    readonly name?: string;
    readonly uid?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly creationTimestamp?: string;
  };
  readonly [field: string]: unknown;
}

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason?: string;
  readonly message?: string;
}

export const conditionsOf = (object: unknown): readonly Condition[] =>
  listAt(object, 'status', 'conditions').flatMap((condition) => {
    const type = textAt(condition, 'type');
    const status = textAt(condition, 'status');
    if (type === undefined || (status !== 'True' && status !== 'False' && status !== 'Unknown')) return [];
    const reason = textAt(condition, 'reason');
    const message = textAt(condition, 'message');
    return [{ type, status, ...(reason !== undefined && { reason }), ...(message !== undefined && { message }) }];
  });

export const conditionOf = (object: unknown, type: string): Condition | undefined =>
  conditionsOf(object).find((condition) => condition.type === type);
