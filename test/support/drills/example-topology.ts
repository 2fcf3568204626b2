/** One made-up pair for all tests: they say in what theirs differs from it. Nothing of it answers. */
import {
  baseline,
  type OperatorAccess,
  type PairSide,
  type PairSite,
  type SourceSite,
  type TargetSite,
  type TlsEndpoint,
  type Topology,
  type TransitSeal,
} from '../../../domain/pair/topology.js';

type SiteChange<Site extends PairSite> = Partial<Omit<Site, 'site' | 'seal'>> & {
  readonly seal?: Partial<TransitSeal>;
};

/** A site and its seal keep what is not named; everything else is replaced as a whole. */
export interface TopologyChange extends Partial<Omit<Topology, PairSide>> {
  readonly source?: SiteChange<SourceSite>;
  readonly target?: SiteChange<TargetSite>;
}

/** A pair of the kind `local`, without operators. */
export const exampleTopology = ({ source, target, ...others }: TopologyChange = {}): Topology => ({
  ...pair,
  ...others,
  source: { ...pair.source, ...source, seal: { ...pair.source.seal, ...source?.seal } },
  target: { ...pair.target, ...target, seal: { ...pair.target.seal, ...target?.seal } },
});

/** The same pair, under operators. */
export const exampleUnderOperators = (): Topology =>
  exampleTopology({ source: { operator: exampleOperator('source') }, target: { operator: exampleOperator('target') } });

export const exampleOperator = (side: PairSide): OperatorAccess => ({
  context: `k3d-openbao-dr-${side}`,
  namespace: baseline.clusterNames[side],
  cluster: baseline.clusterNames[side],
  storage: {
    endpoint: `http://rustfs.${baseline.clusterNames[side]}.svc:19000`,
    region: 'us-east-1',
    bucket: baseline.bucket,
    forcePathStyle: true,
    credentialsSecret: 'rustfs-secret',
    pathPrefix: '',
  },
  restoreRole: 'openbao-operator-restore',
});

const endpoint = (host: string): TlsEndpoint => ({
  address: 'https://127.0.0.1:1',
  serverName: host,
  ca: 'lane:local/ca',
});

const site = <Side extends PairSide>(name: Side): PairSite & { readonly site: Side } => ({
  ...endpoint(baseline.hosts[name]),
  site: name,
  clusterName: baseline.clusterNames[name],
  seal: {
    ...endpoint(baseline.hosts.infra),
    caSha256: '00',
    mountPath: 'transit',
    keyName: baseline.sealKey,
    token: 'lane:local/seal-token',
  },
  seeder: { username: 'seeder', password: 'lane:local/seeder' },
  admin: { username: baseline.adminUser, password: `lane:local/${name}-admin` },
});

const bucket = {
  endpoint: 'http://127.0.0.1:1',
  region: 'us-east-1',
  name: baseline.bucket,
  forcePathStyle: true,
  accessKeyId: 'lane:local/s3-id',
  secretAccessKey: 'lane:local/s3-secret',
} as const;

const pair: Topology = {
  lane: 'local',
  infra: { ...endpoint(baseline.hosts.infra), clusterName: baseline.clusterNames.infra },
  source: {
    ...site('source'),
    backup: { username: 'backup', password: 'lane:local/backup' },
    verifier: { username: 'verifier', password: 'lane:local/verifier' },
  },
  target: { ...site('target'), restore: { username: 'restore', password: 'lane:local/restore' } },
  bucket: { source: bucket, target: bucket },
  evidence: {
    ...endpoint(baseline.hosts.infra),
    mountPath: 'transit',
    keyName: baseline.evidenceKey,
    token: 'lane:local/evidence-token',
    publicKey: 'lane:local/evidence-public-key',
  },
  sealControl: { keyName: baseline.sealControlKey, token: 'lane:local/seal-control-token' },
  clients: endpoint(baseline.hosts.clients),
};
