import type { KubernetesAccess } from '../../domain/pair/topology.js';
import type { Cluster } from '../../systems/kubernetes/cluster.js';

/** Opens the Kubernetes of a side: finds kubectl and resolves the reference to its kubeconfig. */
export interface Clusters {
  at(access: KubernetesAccess): Promise<Cluster>;
}
