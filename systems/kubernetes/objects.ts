/** The common part of all Kubernetes objects. Code that knows a kind reads the kind's own members. */

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
}

export interface ObjectMeta {
  readonly name: string;
  /** Absent: the object belongs to the whole cluster, or has not been sent anywhere yet. */
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** The server sets these three. */
  readonly uid?: string;
  readonly resourceVersion?: string;
  /** Counts changes of the spec; controllers say up to which they have got in `status.observedGeneration`. */
  readonly generation?: number;
  /** ISO 8601. */
  readonly creationTimestamp?: string;
  /** ISO 8601: the object is being removed, and stays until its finalizers are gone. */
  readonly deletionTimestamp?: string;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
}

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

/** Names one object. */
export interface ObjectRef {
  /** The resource with its API group: `openbaoclusters.openbao.org`, `deployments.apps`, `secrets`. */
  readonly kind: string;
  readonly name: string;
  /** Absent for objects of the whole cluster. */
  readonly namespace?: string;
}

export interface KubernetesEvent {
  readonly type: 'Normal' | 'Warning';
  /** One word: `FailedScheduling`, `BackOff`. */
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  /** ISO 8601: when it happened last. */
  readonly lastSeenAt: string;
  /** The object of the event. */
  readonly regarding: { readonly kind: string; readonly name: string };
}
