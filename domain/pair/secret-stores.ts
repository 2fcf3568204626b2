/** The stores of the secrets that `openbao:` and `k8s:` references name. */
import type { Credential } from './credentials.js';
import type { SecretRef } from './secret-ref.js';

export interface OpenBaoSecretStore {
  /** `https://host:port`. */
  readonly address: string;
  /** The name sent as SNI and verified in the certificate. Absent: the host of the address. */
  readonly serverName?: string | undefined;
  /** PEM bundle of the only authorities trusted. Absent: those that Node trusts. */
  readonly ca?: SecretRef | undefined;
  /** The identity that may read the secrets. Its own references are not of the scheme `openbao`. */
  readonly credential: Credential;
}

export interface KubernetesSecretStore {
  /**
   * A context of the worker's own kubeconfig; no plan names another one, for a kubeconfig may name programs to run. Absent: the current
   * context, or the cluster that the worker runs in.
   */
  readonly context?: string | undefined;
}

/** Absent: those that the worker's environment names. */
export interface SecretStores {
  readonly openbao?: OpenBaoSecretStore | undefined;
  readonly kubernetes?: KubernetesSecretStore | undefined;
}
