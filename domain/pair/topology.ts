import type { Credential } from './credentials.js';
import type { SecretRef } from './secret-ref.js';

/** What a lane that this program made keeps: the only {@link SecretRef} that it can also write. */
export type MaterialRef = `lane:${string}`;

/** How to reach one TLS endpoint: where to connect, which name to ask for, which CA to trust. */
export interface TlsEndpoint {
  /** `https://host:port` to connect to. */
  readonly address: string;
  /** The name sent as SNI and verified in the certificate. */
  readonly serverName: string;
  /** PEM bundle of the certificate authority. */
  readonly ca: MaterialRef;
}

/** A userpass login whose password a lane keeps. */
export interface Login {
  readonly username: string;
  readonly password: MaterialRef;
}

/** The Transit seal one site is configured with, as read from the configuration its server runs with. */
export interface TransitSeal extends TlsEndpoint {
  /** SHA-256 of the CA bundle the server trusts, hex: two sites agree only if this is equal. */
  readonly caSha256: string;
  readonly mountPath: string;
  readonly keyName: string;
  /** Token that may encrypt and decrypt with that one key. */
  readonly token: MaterialRef;
}

export type PairSide = 'source' | 'target';
export type SiteName = 'infra' | PairSide;

/** A Kubernetes cluster as kubectl names it. */
export interface KubernetesAccess {
  readonly context: string;
  /** Names the kubeconfig that holds the context. Absent: kubectl's own, as the worker's environment names it. */
  readonly kubeconfig?: MaterialRef;
}

/** The OpenBao operator's resources of one side. A site that has them is backed up and restored through them. */
export interface OperatorAccess extends KubernetesAccess {
  readonly namespace: string;
  /** Name of the `OpenBaoCluster`. */
  readonly cluster: string;
  /** The bucket as the operator's own Jobs reach it, from inside the cluster. */
  readonly storage: OperatorStorage;
  /** Role of `auth/jwt-operator` that restore Jobs log in with. */
  readonly restoreRole: string;
  /** Image of the operator's backup and restore Jobs, where the cluster does not say it itself. */
  readonly jobImage?: string;
}

export interface OperatorStorage {
  /** `http://rustfs.<namespace>.svc:19000`, say: the operator's admission takes plain http for Services only. */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly forcePathStyle: boolean;
  /** Name of the Secret with `accessKeyId` and `secretAccessKey`. */
  readonly credentialsSecret: string;
  /** Keys are `<pathPrefix>/<namespace>/<cluster>/…`. Empty: none. */
  readonly pathPrefix: string;
}

/** One OpenBao of the pair, as a drill sees it: through its edge. */
export interface PairSite extends TlsEndpoint {
  readonly site: PairSide;
  readonly clusterName: string;
  readonly seal: TransitSeal;
  /** Absent: backups and restores go through OpenBao's own API. */
  readonly operator?: OperatorAccess;
  /** Writes the control marker and the demo user; used by `seed` alone. */
  readonly seeder: Login;
  /** The login whose password proves whose data a site serves. `seed` gives it a fresh password. */
  readonly admin: Login;
}

export interface SourceSite extends PairSite {
  readonly site: 'source';
  /** May read the snapshot, nothing else. */
  readonly backup: Credential;
  /**
   * May read the snapshot, mounts, namespaces and whether they are sealed, audit devices, quotas and Raft's peers. It lives in the source's data, so after a restore it logs in at the
   * target: if it can, the target has the source's identities and policies.
   */
  readonly verifier: Credential;
  /**
   * May say whose tokens the operator's logins trust. It lives in the source's data, so after a restore it repairs the target's.
   * Present where the site has an operator.
   */
  readonly trust?: Credential;
}

export interface TargetSite extends PairSite {
  readonly site: 'target';
  /** May update the snapshot (restore), and read audit devices, quotas and Raft's peers. */
  readonly restore: Credential;
}

/** The S3 bucket as one side reaches it. */
export interface Bucket {
  readonly endpoint: string;
  readonly region: string;
  readonly name: string;
  /** False: the bucket is part of the host name. */
  readonly forcePathStyle: boolean;
  /** Absent: the worker finds credentials as AWS's own programs do. */
  readonly accessKeyId?: SecretRef;
  readonly secretAccessKey?: SecretRef;
  /** Belongs to temporary keys. */
  readonly sessionToken?: SecretRef;
  /** PEM bundle of the only authorities trusted for an https endpoint. Absent: those that Node trusts. */
  readonly ca?: SecretRef;
  /** KMS key that new objects are encrypted with. Absent: as the bucket has it. */
  readonly sseKmsKey?: string;
}

/** The Transit key that signs a drill's evidence, in a place that neither side of the pair has a say in. */
export interface EvidenceKey extends TlsEndpoint {
  readonly mountPath: string;
  /** An Ed25519 key. */
  readonly keyName: string;
  /** Token that may sign with that one key. */
  readonly token: MaterialRef;
  /** Its public half, SPKI in PEM: not secret. */
  readonly publicKey: MaterialRef;
}

/** Another key beside a seal's, in the same Transit mount: what only the seal's key may open, this one must not. */
export interface SealControlKey {
  readonly keyName: string;
  /** Token that may encrypt and decrypt with that one key. */
  readonly token: MaterialRef;
}

/** What only some lanes can do: try whom the target reaches, and keep what their servers have printed. */
export type LaneCapability = 'isolation' | 'logs';

/** Everything a drill needs to know of a lane. Steps never ask which kind of lane it came from. */
export interface Topology {
  readonly lane: string;
  readonly infra: TlsEndpoint & { readonly clusterName: string };
  readonly source: SourceSite;
  readonly target: TargetSite;
  readonly bucket: Readonly<Record<PairSide, Bucket>>;
  readonly evidence: EvidenceKey;
  readonly sealControl: SealControlKey;
  /** The name clients know. Cutover moves what stands behind it. */
  readonly clients: TlsEndpoint;
  readonly capabilities?: readonly LaneCapability[];
}

/** Whether a side is backed up or restored through an operator's resources. */
export const hasOperator = ({ source, target }: Topology): boolean =>
  source.operator !== undefined || target.operator !== undefined;

/** Names and ports of the published lane; the lane's defaults. */
export const baseline = {
  hosts: {
    infra: 'bao-dr-infra.example.com',
    source: 'bao-dr-source.example.com',
    target: 'bao-dr-target.example.com',
    clients: 'bao-dr.example.com',
  },
  clusterNames: { infra: 'openbao-dr-infra', source: 'openbaocluster-dr-source', target: 'openbaocluster-dr-target' },
  sealKey: 'openbao-dr-shared-unseal',
  evidenceKey: 'drill-evidence',
  sealControlKey: 'drill-seal-control',
  bucket: 'openbao-dr-backups',
  operatorMount: 'jwt-operator',
  operatorAudience: 'openbao-internal',
  adminUser: 'demo-admin',
  markerMount: 'secret',
  markerPath: 'dr-control',
  markers: { source: 'phase1-source', target: 'phase1-target' },
  sourceCluster: 'openbao-dr-source',
} as const;
