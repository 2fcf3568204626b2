/** The operator's Jobs: how the stand-in writes them, and how whoever runs their pods reads what they are to do. */
import { valueAt } from '../../../../domain/fields.js';
import { serviceAccountOf } from '../../../../systems/openbao-operator/objects.js';
import type { KubernetesObject, OwnerReference } from '../../../../systems/kubernetes/cluster.js';
import type { ContainerProgram } from './container.js';

export type Component = 'backup' | 'restore';

/** What a Job is to do. Nothing in it is secret: keys of the bucket are in the Secret that the storage names. */
export interface JobRequest {
  readonly component: Component;
  readonly namespace: string;
  readonly cluster: string;
  readonly serviceAccount: string;
  /** Of the snapshot in the bucket. */
  readonly key: string;
  /** Role of the operator's login. */
  readonly role?: string | undefined;
  /** As `spec.backup.target` of the cluster or `spec.source.target` of the restore has it. */
  readonly storage?: unknown;
  /** What the restore says of its snapshot beyond the key: `expectedDigest` and the like. */
  readonly expected?: Readonly<Record<string, unknown>>;
}

/** Does what a Job is for. It fails by throwing; what it says is its log. */
export type JobProgram = (request: JobRequest, say: (line: string) => void) => Promise<void>;

export interface JobOptions {
  readonly name: string;
  readonly owner: KubernetesObject;
  readonly request: Omit<JobRequest, 'serviceAccount'>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly image?: string | undefined;
}

/** Pods of the Jobs run on this node alone; nothing else does. */
export const standInNodeLabel = 'openbao-dr/stand-in-node';

export const jobLabels = (cluster: string, component: Component): Readonly<Record<string, string>> => ({
  'openbao.org/cluster': cluster,
  'openbao.org/component': component,
});

/** Of a backup the pod stays when it has failed, with its log; that of a restore goes, as it does with the real operator. */
const restartPolicy: Readonly<Record<Component, string>> = { backup: 'Never', restore: 'OnFailure' };

const requestVariable = 'JOB_REQUEST';

export const jobObject = ({ name, owner, request, annotations = {}, image }: JobOptions): KubernetesObject => {
  const { component, namespace, cluster } = request;
  const labels = jobLabels(cluster, component);
  const serviceAccount = serviceAccountOf(cluster, component);
  const whole: JobRequest = { ...request, serviceAccount };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace, labels, annotations, ownerReferences: [ownedBy(owner)] },
    spec: {
      backoffLimit: 0,
      template: {
        metadata: { labels },
        spec: {
          restartPolicy: restartPolicy[component],
          serviceAccountName: serviceAccount,
          automountServiceAccountToken: false,
          terminationGracePeriodSeconds: 1,
          nodeSelector: { [standInNodeLabel]: '' },
          tolerations: [{ operator: 'Exists' }],
          containers: [
            {
              name: component,
              image: image ?? 'openbao-dr.invalid/operator-jobs:1',
              imagePullPolicy: 'Never',
              env: [{ name: requestVariable, value: JSON.stringify(whole) }],
            },
          ],
        },
      },
    },
  };
};

const ownedBy = ({ apiVersion, kind, metadata: { name, uid = '' } }: KubernetesObject): OwnerReference => ({
  apiVersion,
  kind,
  name,
  uid,
  controller: true,
});

/** What the container of a Job's pod does, given what Jobs do. */
export const programOfJobs =
  (program: JobProgram): ContainerProgram =>
  (pod, say) =>
    program(requestOf(pod), say);

const requestOf = (pod: KubernetesObject): JobRequest => {
  const [container] = (valueAt(pod, 'spec', 'containers') ?? []) as readonly { env?: readonly Variable[] }[];
  const text = container?.env?.find(({ name }) => name === requestVariable)?.value;
  if (text === undefined) throw new Error(`${pod.metadata.name} is no pod of the operator's Jobs`);
  return JSON.parse(text) as JobRequest;
};

interface Variable {
  readonly name: string;
  readonly value?: string;
}
