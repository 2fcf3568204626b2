import type { KubernetesAccess } from '../../domain/pair/topology.js';
import type { Cluster } from '../../systems/kubernetes/cluster.js';

/** Opens the Kubernetes of a side: finds kubectl and resolves the reference to its kubeconfig. */
export interface Clusters {
  /**
   * Asks nothing of the cluster yet. kubectl is found or installed by then.
   *
   * @throws KnownFailure `MaterialMissing`: the kubeconfig is not on this machine; or as the tool box does.
   */
  at(access: KubernetesAccess): Promise<Cluster>;
}
