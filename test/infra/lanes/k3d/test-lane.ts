/** A k3d lane on clusters in memory, in a state folder of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KnownFailure } from '../../../../domain/known-failure.js';
import type { MadeLane } from '../../../../infra/lanes/made/shell/made-lane.js';
import type { ProvisionRequest } from '../../../../activities/ports/provisioning.js';
import type { K3dLaneOptions } from '../../../../domain/plan/plan.js';
import type { LanePart } from '../../../../domain/plan/provisioning.js';
import { baseline, type SiteName } from '../../../../domain/pair/topology.js';
import { createK3dLane } from '../../../../infra/lanes/k3d/k3d-lane.js';
import type { K3dLanePaths } from '../../../../infra/lanes/k3d/lane-paths.js';
import { k3dLanePaths } from '../../../../infra/lanes/k3d/lane-paths.js';
import { type K3dLaneRecord, openK3dRecord } from '../../../../infra/lanes/k3d/lane-record.js';
import type { LaneSystems } from '../../../../infra/lanes/k3d/lane-systems.js';
import { contextName } from '../../../../infra/lanes/k3d/names.js';
import { createMaterials, type MaterialFiles } from '../../../../infra/state/materials.js';
import { openStateFolder, type StateFolder } from '../../../../infra/state/state-folder.js';
import type { Docker, DockerContainer, DockerNetwork, DockerRun } from '../../../../systems/docker/docker.js';
import type { Helm } from '../../../../systems/helm/helm.js';
import type { K3d } from '../../../../systems/k3d/k3d.js';
import { createToolBox, type Environment } from '../../../../systems/tools/index.js';
import { toolPath } from '../../../support/tools.js';
import { createFakeKubernetes, type FakeKubernetes } from './fake-kubernetes.js';

export interface TestK3dLane extends AsyncDisposable {
  readonly lane: MadeLane;
  /** The same, as another process would open it. */
  open(assertHeld?: () => Promise<void>): MadeLane;
  readonly stateFolder: StateFolder;
  readonly materials: MaterialFiles;
  readonly paths: K3dLanePaths;
  readonly kubernetes: Readonly<Record<SiteName, FakeKubernetes>>;
  /** What docker, k3d and helm were told, in order. */
  readonly programs: string[];
  readonly networks: Map<string, DockerNetwork>;
  readonly containers: Map<string, DockerContainer>;
  /** Clusters k3d has. */
  readonly clusters: Set<string>;
  helm: Helm['upgrade'];
  uninstall: Helm['uninstall'];
  /** Starts what is in a container, once Docker is told to run it. */
  run: (container: DockerRun) => Promise<void>;
  /** Images that the engine has. */
  readonly images: Set<string>;
  record(): Promise<K3dLaneRecord>;
  change(change: (record: K3dLaneRecord) => void): Promise<unknown>;
  /** Makes parts in order; answers what was said meanwhile. */
  make(...parts: readonly LanePart[]): Promise<readonly string[]>;
  request(more?: Partial<ProvisionRequest>): ProvisionRequest;
}

export const optionsFor = (more: Partial<K3dLaneOptions> = {}): K3dLaneOptions => ({
  adopt: [],
  targetSealKey: baseline.sealKey,
  openbaoVersion: '2.7.2',
  operatorVersion: '0.5.1',
  images: {},
  storage: 'container',
  transitAddress: 'https://host.k3d.internal',
  ...more,
});

export const adoptingOptions = optionsFor({
  adopt: ['clusters', 'operator'],
  hostAddress: '127.0.0.1',
  storage: 'process',
});

export const createTestK3dLane = async (
  options: K3dLaneOptions = optionsFor(),
  environment: Environment = {},
): Promise<TestK3dLane> => {
  const folder = await mkdtemp(join(tmpdir(), 'openbao-dr-k3d-'));
  const stateFolder = await openStateFolder(join(folder, 'state'));
  const materials = createMaterials(stateFolder);
  const kubernetes = {
    infra: createFakeKubernetes(contextName('infra')),
    source: createFakeKubernetes(contextName('source')),
    target: createFakeKubernetes(contextName('target')),
  };
  const programs: string[] = [];
  const networks = new Map<string, DockerNetwork>();
  const containers = new Map<string, DockerContainer>();
  const clusters = new Set<string>();
  const images = new Set<string>();
  const docker: Docker = {
    network: async (name) => networks.get(name),
    createNetwork: async ({ name, labels = {} }) => {
      programs.push(`docker network create ${name}`);
      networks.set(name, { name, labels, gateway: '172.18.0.1' });
    },
    removeNetwork: async (name) => {
      programs.push(`docker network rm ${name}`);
      networks.delete(name);
    },
    container: async (name) => containers.get(name),
    run: async (container) => {
      programs.push(`docker run ${container.name}`);
      if (!images.has(container.image)) throw new KnownFailure('DockerImageMissing', 'There is no such image');
      await test.run(container);
      const { name, image, network, labels = {} } = container;
      const addresses: Record<string, string> = network === undefined ? {} : { [network]: '172.18.0.9' };
      containers.set(name, { id: name, name, image, running: true, labels, addresses });
      return name;
    },
    remove: async (name) => {
      programs.push(`docker rm ${name}`);
      containers.delete(name);
    },
    hasImage: async (image) => images.has(image),
    pull: async (image) => {
      programs.push(`docker pull ${image}`);
      images.add(image);
    },
  };
  const k3d: K3d = {
    list: async () => [...clusters].map((name) => ({ name, servers: 1, serversRunning: 1 })),
    create: async (configuration) => {
      const [, name = ''] = /^ {2}name: (.+)$/m.exec(configuration) ?? [];
      programs.push(`k3d cluster create ${name}`);
      clusters.add(name);
    },
    remove: async (name) => {
      programs.push(`k3d cluster delete ${name}`);
      clusters.delete(name);
    },
    kubeconfig: async (name) => `kubeconfig of ${name}`,
  };
  const systems: LaneSystems = {
    clusters: {
      at: async ({ context }) => Object.values(kubernetes).find(({ cluster }) => cluster.context === context)!.cluster,
    },
    docker: async () => docker,
    k3d: async () => k3d,
    helm: async () => ({
      upgrade: (...call) => test.helm(...call),
      uninstall: (release, options) => {
        programs.push(`helm uninstall ${release.release} in ${release.namespace}`);
        return test.uninstall(release, options);
      },
    }),
    importImages: async () => [],
    gatewayDefinitions: async () => gatewayDefinitions,
  };
  const open = (assertHeld?: () => Promise<void>): MadeLane =>
    createK3dLane('k3d', {
      stateFolder,
      materials,
      tools: createToolBox({ environment: { OPENBAO_DR_WEED: toolPath('weed') }, cacheFolder: join(folder, 'cache') }),
      environment,
      takenPorts: async () => new Set(),
      systems,
      assertHeld,
    });
  const lane = open();
  const paths = k3dLanePaths(stateFolder, 'k3d');
  const recordFile = openK3dRecord(paths);
  const request = (more: Partial<ProvisionRequest> = {}): ProvisionRequest => ({
    owner: 'up',
    options: { k3d: options },
    freshTarget: false,
    ...more,
  });
  const test: TestK3dLane = {
    lane,
    open,
    stateFolder,
    materials,
    paths,
    kubernetes,
    programs,
    networks,
    containers,
    clusters,
    helm: async () => undefined,
    uninstall: async () => undefined,
    run: async () => undefined,
    images,
    record: async () => (await recordFile.read())!,
    change: (change) => recordFile.update(change),
    request,
    async make(...parts) {
      const said: string[] = [];
      for (const part of parts) await lane.parts!.make(part, request(), (message) => said.push(message));
      return said;
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
  return test;
};

const definition = (plural: string): string => `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: ${plural}.gateway.networking.k8s.io
spec:
  versions:
    - name: v1
      served: true
`;

/** As far as the lane looks at them. */
export const gatewayDefinitions = ['gatewayclasses', 'gateways', 'tlsroutes'].map(definition).join('---');

export const operatorDefinitions = ['openbaoclusters', 'openbaorestores'].map((plural) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.openbao.org` },
}));

export const operatorDeployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: 'openbao-operator-controller',
    namespace: 'openbao-operator-system',
    labels: { 'app.kubernetes.io/name': 'openbao-operator', 'app.kubernetes.io/component': 'controller' },
  },
  spec: { replicas: 1 },
};

/** Somebody has installed it for a side. */
export const putOperator = (kubernetes: FakeKubernetes): void => {
  for (const object of operatorDefinitions) kubernetes.put('customresourcedefinitions.apiextensions.k8s.io', object);
  kubernetes.put('deployments.apps', operatorDeployment);
};
