import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  composeFile,
  composeVariables,
  imageVariables,
} from '../../../../infra/lanes/compose/machine/compose-files.js';
import { imageOf } from '../../../../infra/lanes/k3d/machine/images.js';
import { laneServices } from '../../../../infra/lanes/compose/names.js';
import { parsePlan } from '../../../../domain/plan/plan-schema.js';
import { baseline } from '../../../../domain/pair/topology.js';

interface Service {
  readonly image: string;
  readonly user?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly pids_limit?: number;
  readonly mem_limit?: string;
  readonly networks?: readonly string[] | Readonly<Record<string, unknown>>;
  readonly network_mode?: string;
  readonly ports?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly restart?: string;
  readonly profiles?: readonly string[];
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
}

interface File {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean; readonly driver_opts?: object }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly 'x-images': Readonly<Record<string, string>>;
}

let text: string;
let file: File;
const networksOf = ({ networks = [] }: Service): readonly string[] =>
  Array.isArray(networks) ? (networks as readonly string[]) : Object.keys(networks);

beforeAll(async () => {
  text = await readFile(await composeFile(), 'utf8');
  file = parse(text, { merge: true, maxAliasCount: -1 }) as File;
});

describe('docker-compose.yml', () => {
  it('has every service that the program relies on, each with a volume of its own', () => {
    for (const service of laneServices) {
      expect(Object.keys(file.services)).toContain(service);
      expect(Object.keys(file.volumes)).toContain(service);
      expect(
        file.services[service]?.volumes?.map((volume) => volume.split(':')[0]),
        service,
      ).toEqual([service]);
    }
  });

  it('hardens every container', () => {
    for (const [name, service] of Object.entries(file.services)) {
      expect(service.read_only, name).toBe(true);
      expect(service.cap_drop, name).toEqual(['ALL']);
      expect(service.security_opt, name).toEqual(['no-new-privileges:true']);
      expect(service.pids_limit, name).toBeGreaterThan(0);
      expect(service.mem_limit, name).toBeDefined();
      expect(service.user, name).toBe(name === 'keeper' ? '0:0' : '${OPENBAO_DR_USER:-10001:10001}');
    }
  });

  it('publishes on loopback alone', () => {
    const published = Object.values(file.services).flatMap(({ ports = [] }) => ports);
    expect(published.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it('keeps the sites apart: no server is on a network of another, and none has a way out', () => {
    const { infra, source, target } = file.services;
    expect(networksOf(infra!)).toEqual(['infra']);
    expect(networksOf(source!)).toEqual(['source']);
    expect(networksOf(target!)).toEqual(['target']);
    for (const name of ['infra', 'source', 'target', 'keeper', 'temporal-store']) {
      expect(file.networks[name]).toEqual({
        internal: true,
        driver_opts: { 'com.docker.network.bridge.inhibit_ipv4': 'true' },
      });
    }
    const onTarget = Object.entries(file.services).filter(([, service]) => networksOf(service).includes('target'));
    expect(onTarget.map(([name]) => name).sort()).toEqual(['edge-infra', 'edge-target', 'storage', 'target']);
  });

  it("gives the engine's socket to the keeper alone", () => {
    const withSocket = Object.entries(file.services).filter(([, service]) =>
      service.volumes?.some((volume) => volume.includes('docker.sock')),
    );
    expect(withSocket.map(([name]) => name)).toEqual(['keeper']);
    expect(networksOf(file.services['keeper']!)).toEqual(['keeper']);
  });

  it('has no secret in a variable', () => {
    for (const [name, { environment = {} }] of Object.entries(file.services)) {
      const suspicious = Object.keys(environment).filter((variable) =>
        /token|secret|passw|pwd|access_key/i.test(variable),
      );
      expect(
        suspicious.filter((variable) => !variable.endsWith('_FILE')),
        name,
      ).toEqual([]);
    }
  });

  it('watches the health of whatever goes on', () => {
    for (const [name, { healthcheck, restart }] of Object.entries(file.services)) {
      if (restart === 'no' || name === 'worker' || name === 'temporal-ui') continue;
      expect(healthcheck?.test?.[0], name).toBe('CMD');
    }
  });

  it('pins every image once, to the versions that the other lanes have', async () => {
    const images = file['x-images'];
    for (const { image } of Object.values(file.services)) expect(Object.values(images)).toContain(image);
    for (const image of Object.values(images))
      expect(image).toMatch(/^\$\{[A-Z_]+_IMAGE:-[a-z/-]+:v?\d+\.\d[\w.-]*\}$/);
    const k3d = parsePlan({ lane: 'k3d' }).k3d!;
    const of = (image: string | undefined): string | undefined => /:-(.*)\}$/.exec(image ?? '')?.[1];
    expect(of(images['openbao'])).toBe(imageOf('openbao', k3d));
    expect(of(images['traefik'])).toBe(imageOf('traefik', k3d));
    expect(of(images['rustfs'])).toBe(imageOf('rustfs', k3d));
    const { version } = JSON.parse(await readFile(new URL('../../../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect(of(images['worker'])).toBe(`openbao-dr:${version}`);
    expect(await readFile(new URL('../../../../Dockerfile', import.meta.url), 'utf8')).toContain(
      `org.opencontainers.image.version="${version}"`,
    );
  });

  it('asks the servers for the names that their certificates have', () => {
    for (const site of ['infra', 'source', 'target'] as const) {
      expect(file.services[site]?.environment?.['BAO_TLS_SERVER_NAME']).toBe(baseline.hosts[site]);
    }
  });

  it('asks for every variable that the program sets', () => {
    const ports = { infra: 1, source: 2, target: 3, clients: 4, storage: 5 };
    for (const name of [...Object.keys(composeVariables({ ports }, '1:1')), ...imageVariables]) {
      expect(text).toContain(`\${${name}:-`);
    }
  });
});
