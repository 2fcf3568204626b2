import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { describe, expect, it } from 'vitest';
import { baseline } from '../../../../domain/pair/topology.js';
import { clusterConfigFile, publishedPorts } from '../../../../infra/lanes/k3d/objects/assets.js';
import { k3dClusterName, networkName, siteNames } from '../../../../infra/lanes/k3d/names.js';
import { renderWithAnyValues } from './any-values.js';

const folder = join(import.meta.dirname, '../../../../infra/lanes/k3d/manifests');
const names = (await readdir(folder)).filter((name) => name.endsWith('.yaml'));
const textOf = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');

describe.each(names)('the manifest %s', (name) => {
  it('is a list of Kubernetes objects once it is filled in', async () => {
    const objects = renderWithAnyValues(await textOf(name));
    expect(objects.length).toBeGreaterThan(0);
    for (const { apiVersion, kind, metadata } of objects) {
      expect(apiVersion).toMatch(/^([a-z0-9.]+\/)?v\d/);
      expect(kind).toMatch(/^[A-Z]/);
      expect(metadata.name).not.toBe('');
    }
    expect(JSON.stringify(objects)).not.toContain('${');
  });

  it('says what each of its placeholders is', async () => {
    const text = await textOf(name);
    const head = text.slice(0, text.search(/^[^#]/m));
    const used = new Set([...text.slice(head.length).matchAll(/(?<!\$)\$\{([A-Z_]+)\}/g)].map(([, found]) => found!));
    for (const placeholder of used) expect(head).toContain(`\${${placeholder}}`);
  });

  it('names one object once', async () => {
    const ids = renderWithAnyValues(await textOf(name)).map(
      ({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`,
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('gives pods of ours no more than they need', async () => {
    for (const object of renderWithAnyValues(await textOf(name))) {
      const { template } = (object['spec'] ?? {}) as { template?: { spec: PodSpec } };
      if (template === undefined) continue;
      expect(template.spec.securityContext.runAsNonRoot).toBe(true);
      for (const container of template.spec.containers) {
        expect(container.securityContext).toMatchObject({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(container.resources.requests.memory).toBeDefined();
      }
    }
  });
});

interface PodSpec {
  readonly securityContext: { readonly runAsNonRoot: boolean };
  readonly containers: readonly {
    readonly securityContext: object;
    readonly resources: { readonly requests: { readonly memory?: string } };
  }[];
}

describe('the OpenBaoCluster of a side', () => {
  it('has one voter, the Transit seal, both names in its certificate, and no password in clear text', async () => {
    const [cluster] = renderWithAnyValues(await textOf('openbao-cluster.yaml'));
    expect(cluster?.['spec']).toMatchObject({
      profile: 'Development',
      replicas: 1,
      tls: { extraSANs: ['value-of-site-host', 'value-of-clients-host'] },
      unseal: { type: 'transit', credentialsSecretRef: { name: 'transit-seal' } },
      selfInit: { enabled: true, oidc: { enabled: true } },
    });
    expect(JSON.stringify(cluster)).not.toMatch(/"password":/);
  });
});

describe("k3d's config of a cluster", () => {
  it.each(siteNames)('names cluster %s and the network as the lane does', async (site) => {
    const [document] = parseAllDocuments(await readFile(await clusterConfigFile(site), 'utf8'));
    const config = parse(document!.toString()) as { metadata: { name: string }; network: string };
    expect(config.metadata.name).toBe(k3dClusterName(site));
    expect(config.network).toBe(networkName);
  });

  it('publishes a port for every edge, and Transit where pods dial it', async () => {
    const ports = await publishedPorts();
    expect(Object.keys(ports).sort()).toEqual(Object.keys(baseline.hosts).sort());
    expect(ports.infra).toBe(443);
    expect(new Set(Object.values(ports)).size).toBe(4);
  });
});
