/** A rule of the kind that a cluster's owners make, by which its API server refuses something for as long as a test runs. */
import { waitUntil } from '../../../systems/waiting/wait-until.js';
import type { K3dDrills } from './k3d-drills.js';

export interface Refusal {
  readonly site: string;
  /** Name of the policy, of which there is one at a time. */
  readonly name: string;
  readonly message: string;
  readonly apiGroup: string;
  readonly operation: 'CREATE' | 'CONNECT';
  readonly resource: string;
  /** Does what is refused without changing anything; fails once it is. */
  readonly probe: () => Promise<unknown>;
}

/** Makes it, and takes it back at the end. It bites a moment after {@link refuse} has returned: see {@link refused}. */
export const refuse = async (
  k3d: Pick<K3dDrills, 'kubectl'>,
  { site, name, message, apiGroup, operation, resource }: Refusal,
): Promise<AsyncDisposable> => {
  const policy = { apiVersion: 'admissionregistration.k8s.io/v1', metadata: { name } };
  const rule = { apiGroups: [apiGroup], apiVersions: ['*'], operations: [operation], resources: [resource] };
  const objects = {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      {
        ...policy,
        kind: 'ValidatingAdmissionPolicy',
        spec: {
          failurePolicy: 'Fail',
          matchConstraints: { resourceRules: [rule] },
          validations: [{ expression: 'false', message }],
        },
      },
      {
        ...policy,
        kind: 'ValidatingAdmissionPolicyBinding',
        spec: { policyName: name, validationActions: ['Deny'] },
      },
    ],
  };
  await k3d.kubectl(site, ['apply', '-f', '-'], objects);
  return {
    async [Symbol.asyncDispose]() {
      await k3d.kubectl(site, ['delete', '--ignore-not-found', '-f', '-'], objects);
    },
  };
};

/** Returns once it is in force. */
export const refused = async ({ message, probe }: Pick<Refusal, 'message' | 'probe'>): Promise<void> => {
  let said = '';
  await waitUntil(
    async () => {
      said = await probe().then(String, String);
      return said.includes(message) ? true : undefined;
    },
    { what: 'the policy to be in force', timeoutMs: 60_000, intervalMs: 200 },
  ).catch((error: unknown) => {
    throw new Error(`${String(error)}: ${said}`);
  });
};
