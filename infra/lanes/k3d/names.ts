/** What is called how in a k3d lane: the names of the published lane, which an operator knows from its runbook. */
import { baseline, type PairSide, type SiteName } from '../../../domain/pair/topology.js';
import type { EdgeName } from '../made/names.js';

export const siteNames = ['infra', 'source', 'target'] as const satisfies readonly SiteName[];

/** Name of k3d's cluster, and of its config file's `metadata.name`. */
export const k3dClusterName = (site: SiteName): string => `openbao-dr-${site}`;

export const contextName = (site: SiteName): string => `k3d-${k3dClusterName(site)}`;

/** Docker network of the three clusters; the files under clusters/ have its name, too. */
export const networkName = 'openbao-dr';
export const storageContainer = 'openbao-dr-rustfs';

export const infraNamespace = 'openbao-dr-infra';
export const edgeNamespace = 'openbao-dr-edge';
export const clientsNamespace = 'openbao-dr-clients';
export const operatorNamespace = 'openbao-operator-system';
export const operatorRelease = 'openbao-operator';

/** Namespace of a side, and name of its `OpenBaoCluster`: the published lane has one name for both. */
export const sideName = (side: PairSide): string => baseline.clusterNames[side];

/** The edge's Traefik, its Service and its Gateway are called so in every edge's namespace. */
export const edge = { deployment: 'traefik', service: 'traefik', gateway: 'openbao-dr' } as const;

/** The Service in front of an OpenBao, for the edge: infra's, and a side's. */
export const backendService = { infra: 'openbao', side: 'openbao-dr' } as const;

export const storageService = 'rustfs';
/** Of the Service in front of the bucket's server, and of the server on this machine. */
export const storagePort = 19_000;
/** RustFS listens on this one in its container. */
export const storageContainerPort = 9_000;

export const secrets = {
  infraTls: 'openbao-tls',
  infraSeal: 'openbao-seal',
  transit: 'transit-seal',
  storage: 'rustfs-secret',
  /** The operator's own. */
  sideAuthority: (side: PairSide): string => `${sideName(side)}-tls-ca`,
} as const;

/** Makes the lane's least identities in a side, and is then removed. */
export const setUpUser = 'drill-setup';
export const backupRole = 'openbao-operator-backup';
export const restoreRole = 'openbao-operator-restore';

export const edgeNamespaceOf = (name: EdgeName): string => (name === 'clients' ? clientsNamespace : edgeNamespace);
/** The clients' edge runs beside infra: it must outlive either side. */
export const siteOfEdge = (name: EdgeName): SiteName => (name === 'clients' ? 'infra' : name);
