/** What is asked of the whole lane in containers, whichever Temporal it has. */
import { expect } from 'vitest';
import type { ComposeProject } from './engine.js';

export const startDrill = (project: ComposeProject, workflowId: string, plan: object): Promise<string> =>
  project.temporal([
    ...['workflow', 'start', '--type', 'drDrill', '--task-queue', 'openbao-dr', '-w', workflowId],
    ...['--input', JSON.stringify(plan)],
  ]);

/** No running container is root but the keeper, none writes outside its volumes, has a capability, or is reached from outside. */
export const expectNoNeedlessRights = async (project: ComposeProject): Promise<void> => {
  const ids = (await project.compose(['ps', '--quiet'])).split('\n');
  const containers = JSON.parse(await project.docker(['inspect', ...ids])) as readonly Inspected[];
  for (const { Name, Config, HostConfig, NetworkSettings } of containers) {
    expect(HostConfig.ReadonlyRootfs, Name).toBe(true);
    expect(HostConfig.CapDrop, Name).toEqual(['ALL']);
    expect(HostConfig.SecurityOpt, Name).toEqual(['no-new-privileges:true']);
    expect(Config.User, Name).toBe(Name.endsWith('-keeper-1') ? '0:0' : '10001:10001');
    expect(HostConfig.Memory, Name).toBeGreaterThan(0);
    expect(HostConfig.PidsLimit, Name).toBeGreaterThan(0);
    const published = Object.values(NetworkSettings.Ports).flatMap((bindings) => bindings ?? []);
    expect(
      published.filter(({ HostIp }) => HostIp !== '127.0.0.1'),
      Name,
    ).toEqual([]);
  }
};

interface Inspected {
  readonly Name: string;
  readonly Config: { readonly User: string };
  readonly HostConfig: {
    readonly ReadonlyRootfs: boolean;
    readonly CapDrop: readonly string[];
    readonly SecurityOpt: readonly string[];
    readonly Memory: number;
    readonly PidsLimit: number;
  };
  readonly NetworkSettings: { readonly Ports: Record<string, readonly { readonly HostIp: string }[] | null> };
}

/** Every secret of the lane, by its file's name: a key by its second line, as its first is no secret. */
export const readSecrets = async (project: ComposeProject): Promise<Map<string, string>> =>
  new Map(Object.entries(JSON.parse(await runInWorker(project, printSecrets)) as Record<string, string>));

/** All reports, as text. */
export const readReports = (project: ComposeProject): Promise<string> => runInWorker(project, printReports);

/** What the engine tells of the containers, those that are over, too: how they are set up, and what they said. */
export const readEngineTraces = async (project: ComposeProject): Promise<readonly string[]> => {
  const ids = (await project.compose(['ps', '--all', '--quiet'])).split('\n');
  return [await project.docker(['inspect', ...ids]), await project.compose(['logs', '--no-color'])];
};

const runInWorker = (project: ComposeProject, input: string): Promise<string> =>
  project.compose(['exec', '-T', 'worker', 'node', '--input-type=module', '-'], { input });

const printSecrets = `
import { readdirSync, readFileSync } from 'node:fs';
const secrets = {};
const materials = '/state/lanes/compose/materials';
for (const name of readdirSync(materials)) {
  if (!['ca', 'infra.evidence.public-key'].includes(name)) secrets[name] = readFileSync(materials + '/' + name, 'utf8').trim();
}
for (const server of ['infra', 'source', 'target']) {
  secrets[server + ' key'] = readFileSync('/lanes/' + server + '/tls.key', 'utf8').split('\\n')[1];
}
secrets['unseal key'] = readFileSync('/lanes/infra/unseal.key').toString('base64');
console.log(JSON.stringify(secrets));
`;

const printReports = `
import { readdirSync, readFileSync } from 'node:fs';
for (const entry of readdirSync('/state/reports', { recursive: true, withFileTypes: true })) {
  if (entry.isFile()) console.log(readFileSync((entry.parentPath ?? entry.path) + '/' + entry.name, 'utf8'));
}
`;
