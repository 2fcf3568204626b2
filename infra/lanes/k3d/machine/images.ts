/** The one table of the container images of a k3d lane: each with its tag, what it is for and who runs it. */
import type { K3dLaneOptions } from '../../../../domain/plan/plan.js';

/** Whose default tags are in this table: another k3d brings another load balancer and other tools. */
export const pinnedK3d = '5.9.0';

/** As in the cluster configurations beside this file, and as a tag has it: `+` is no letter of a tag. */
export const pinnedK3s = 'v1.35.5-k3s1';

export const imageParts = [
  'k3s',
  'k3d-proxy',
  'k3d-tools',
  'pause',
  'coredns',
  'local-path',
  'local-path-helper',
  'service-lb',
  'metrics-server',
  'traefik',
  'openbao',
  'operator',
  'operator-init',
  'operator-jobs',
  'rustfs',
] as const;
export type ImagePart = (typeof imageParts)[number];

export interface LaneImage {
  readonly part: ImagePart;
  /** Repository and tag, as everything in the lane names it. */
  readonly image: string;
  /** For people. */
  readonly purpose: string;
  /** `engine`: a container beside or around the clusters. `nodes`: pods of the clusters, each of which needs it for itself. */
  readonly runBy: 'engine' | 'nodes';
}

export type ImageOptions = Pick<K3dLaneOptions, 'openbaoVersion' | 'operatorVersion' | 'images' | 'storage' | 'adopt'>;

/** K3s's own are those of its release notes; what serves its bundled Traefik is left out, as the lane turns that off. */
const fixed: Readonly<Partial<Record<ImagePart, string>>> = {
  k3s: `rancher/k3s:${pinnedK3s}`,
  'k3d-proxy': `ghcr.io/k3d-io/k3d-proxy:${pinnedK3d}`,
  'k3d-tools': `ghcr.io/k3d-io/k3d-tools:${pinnedK3d}`,
  pause: 'rancher/mirrored-pause:3.6',
  coredns: 'rancher/mirrored-coredns-coredns:1.14.3',
  'local-path': 'rancher/local-path-provisioner:v0.0.36',
  'local-path-helper': 'rancher/mirrored-library-busybox:1.37.0',
  'service-lb': 'rancher/klipper-lb:v0.4.17',
  'metrics-server': 'rancher/mirrored-metrics-server:v0.8.1',
  rustfs: 'rustfs/rustfs:1.0.5',
};

const purposes: Readonly<Record<ImagePart, string>> = {
  k3s: 'a node of a cluster',
  'k3d-proxy': "a cluster's published ports",
  'k3d-tools': 'imports images into nodes',
  pause: 'holds a pod together',
  coredns: 'names inside a cluster',
  'local-path': 'volumes',
  'local-path-helper': 'makes and removes volumes',
  'service-lb': 'Services of type LoadBalancer',
  'metrics-server': "K3s's own",
  traefik: 'the edges',
  openbao: 'infra, source and target',
  operator: 'the OpenBao operator',
  'operator-init': "the operator's init container",
  'operator-jobs': "the operator's backup and restore Jobs",
  rustfs: 'the bucket',
};

const onEngine: readonly ImagePart[] = ['k3s', 'k3d-proxy', 'k3d-tools', 'rustfs'];

/** What the published lane takes for a part, or what the plan names in its place. */
export const imageOf = (part: ImagePart, { openbaoVersion, operatorVersion, images }: ImageOptions): string => {
  switch (part) {
    case 'traefik':
      return images.traefik ?? 'traefik:v3.7.15';
    case 'openbao':
      return images.openbao ?? `openbao/openbao:${openbaoVersion}`;
    case 'operator':
      return `ghcr.io/dc-tec/openbao-operator:${operatorVersion}`;
    case 'operator-init':
      return images.init ?? `ghcr.io/dc-tec/openbao-init:${operatorVersion}`;
    case 'operator-jobs':
      return images.jobs ?? `ghcr.io/dc-tec/openbao-backup:${operatorVersion}`;
    default:
      // Every other part is in the table: a test goes through all of them.
      return fixed[part]!;
  }
};

/** One of each repository that a plan may name another image in place of. */
export const shippedImages = (): readonly string[] =>
  (['traefik', 'openbao', 'operator-init', 'operator-jobs'] as const).map((part) =>
    imageOf(part, { openbaoVersion: 'any', operatorVersion: 'any', images: {}, storage: 'container', adopt: [] }),
  );

/** Every image the lane needs, in the order it is needed; nothing for what the plan adopts or runs as a process. */
export const laneImages = (options: ImageOptions): readonly LaneImage[] =>
  imageParts
    .filter((part) => !leftOut(part, options))
    .map((part) => ({
      part,
      image: imageOf(part, options),
      purpose: purposes[part],
      runBy: onEngine.includes(part) ? 'engine' : 'nodes',
    }));

const ofClusters: readonly ImagePart[] = imageParts.slice(0, imageParts.indexOf('traefik'));

const leftOut = (part: ImagePart, { adopt, storage }: ImageOptions): boolean =>
  (adopt.includes('clusters') && ofClusters.includes(part)) ||
  (adopt.includes('operator') && part === 'operator') ||
  (storage === 'process' && part === 'rustfs');
