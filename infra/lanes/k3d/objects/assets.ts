/** The lane's YAML files: the same that people apply by hand, wherever the program runs from. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { SiteName } from '../../../../domain/pair/topology.js';
import type { KubernetesObject } from '../../../../systems/kubernetes/cluster.js';
import { type ManifestValue, renderManifest } from '../../../../systems/kubernetes/templates.js';
import { packageRoot } from '../../made/package-root.js';
import type { EdgeName } from '../../made/names.js';
import { siteNames } from '../names.js';

export type ManifestName =
  | 'clients-edge'
  | 'edge'
  | 'infra-openbao'
  | 'infra-route'
  | 'openbao-cluster'
  | 'site-backend'
  | 'site-namespace'
  | 'site-route'
  | 'storage';

/** @throws KnownFailure `ManifestInvalid`: the values are not those the file asks for. */
export const renderAsset = async (
  name: ManifestName,
  values: Readonly<Record<string, ManifestValue>>,
): Promise<readonly KubernetesObject[]> => {
  const text = await readFile(join(await assetsFolder(), 'manifests', `${name}.yaml`), 'utf8');
  return renderManifest(text, values);
};

/** k3d's own config file of one cluster. */
export const clusterConfigFile = async (site: SiteName): Promise<string> =>
  join(await assetsFolder(), 'clusters', `${site}.yaml`);

/**
 * Ports of this machine that the clusters' config files publish. The clients' edge is infra's second one, told by the port
 * behind it.
 */
export const publishedPorts = async (): Promise<Readonly<Record<EdgeName, number>>> => {
  const published = await Promise.all(
    siteNames.map(async (site) => {
      const config = parse(await readFile(await clusterConfigFile(site), 'utf8')) as {
        readonly ports: readonly { readonly port: string }[];
      };
      return config.ports.map(({ port }): readonly [EdgeName, number] => {
        const [outside, inside] = port.split(':').slice(-2);
        return [inside === '443' ? site : 'clients', Number(outside)];
      });
    }),
  );
  return Object.fromEntries(published.flat()) as Record<EdgeName, number>;
};

/** Beside the sources. */
const assetsFolder = async (): Promise<string> => join(await packageRoot(), 'infra', 'lanes', 'k3d');
