import type { Credential } from './credentials.js';
import type { SecretRef } from './secret-ref.js';

/** A secret that a made lane keeps: the only {@link SecretRef} that this program can also write. */
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

/** A Kubernetes cluster, by the names that kubectl uses. */
export interface KubernetesAccess {
  readonly context: string;
  /** Refers to the kubeconfig with the context. Absent: kubectl's own, from the worker's environment. */
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
  /** Image of the operator's backup and restore Jobs, if the cluster does not name it. */
  readonly jobImage?: string;
}

export interface OperatorStorage {
  /** An address like `http://rustfs.<namespace>.svc:19000`: the operator's admission accepts plain http for Services only. */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly forcePathStyle: boolean;
  /** Name of the Secret with `accessKeyId` and `secretAccessKey`. */
  readonly credentialsSecret: string;
  /** Keys are `<pathPrefix>/<namespace>/<cluster>/…`. Empty: no prefix. */
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
  /** The login whose password proves which side's data a site serves. `seed` gives it a fresh password. */
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
   * May set which cluster's tokens the operator's logins trust. It lives in the source's data, so after a restore it repairs
   * the target's trust. Present if the site has an operator.
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
  /** Absent: the worker finds credentials like AWS's own programs. */
  readonly accessKeyId?: SecretRef;
  readonly secretAccessKey?: SecretRef;
  /** Temporary keys need one. */
  readonly sessionToken?: SecretRef;
  /** PEM bundle of the only authorities trusted for an https endpoint. Absent: those that Node trusts. */
  readonly ca?: SecretRef;
  /** KMS key that encrypts new objects. Absent: the bucket's default. */
  readonly sseKmsKey?: string;
}

/** The Transit key that signs a drill's report, outside the control of both sides of the pair. */
export interface EvidenceKey extends TlsEndpoint {
  readonly mountPath: string;
  /** An Ed25519 key. */
  readonly keyName: string;
  /** Token that may sign with that one key. */
  readonly token: MaterialRef;
  /** Its public half, SPKI in PEM, which is not secret. */
  readonly publicKey: MaterialRef;
}

/** Another key in the seal's Transit mount: it must not open data that the seal's key sealed. */
export interface SealControlKey {
  readonly keyName: string;
  /** Token that may encrypt and decrypt with that one key. */
  readonly token: MaterialRef;
}

/** Abilities of some lanes only: try which addresses the target reaches, and keep the output of their servers. */
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
  /** The name that clients know. Cutover points it at the other side. */
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
