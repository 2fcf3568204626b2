/** Ports of this machine that the clusters' config files ask k3d to publish. */
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import type { SiteName } from '../../../../domain/pair/topology.js';
import { clusterConfigFile } from '../objects/assets.js';
import { k3dClusterName, siteNames } from '../names.js';

export interface HostPort {
  /** k3d's name of the cluster that publishes it. */
  readonly cluster: string;
  /** The same for people. */
  readonly publisher: string;
  /** Address it is published on; `0.0.0.0`: all of this machine. */
  readonly host: string;
  readonly port: number;
  /** For people: "edge of source". */
  readonly use: string;
}

const config = z.object({
  kubeAPI: z.object({ hostIP: z.string(), hostPort: z.string() }),
  ports: z.array(z.object({ port: z.string() })),
});

/** From the text of one of k3d's `Simple` configurations. */
export const hostPortsIn = (site: SiteName, text: string): readonly HostPort[] => {
  const { kubeAPI, ports } = config.parse(parse(text));
  const cluster = k3dClusterName(site);
  const publisher = `cluster ${cluster}`;
  return [
    { cluster, publisher, host: kubeAPI.hostIP, port: Number(kubeAPI.hostPort), use: `API server of ${site}` },
    ...ports.map(({ port }) => {
      const [inside = '', outside = '', host = '0.0.0.0'] = port
        .replace(/\/(tcp|udp)$/, '')
        .split(':')
        .reverse();
      return {
        cluster,
        publisher,
        host,
        port: Number(outside),
        use: inside === '443' ? `edge of ${site}` : "clients' edge",
      };
    }),
  ];
};

export const hostPorts = async (): Promise<readonly HostPort[]> => {
  const ports = await Promise.all(
    siteNames.map(async (site) => hostPortsIn(site, await readFile(await clusterConfigFile(site), 'utf8'))),
  );
  return ports.flat();
};
