/** With real edges as processes in the place of their containers, before servers that are played. */
import { once } from 'node:events';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { baseline } from '../../domain/pair/topology.js';
import { createComposeLane } from '../../infra/lanes/compose/compose-lane.js';
import type { LaneContainers } from '../../infra/lanes/compose/containers/containers.js';
import { publishedReach } from '../../infra/lanes/compose/lane-context.js';
import { composeLanePaths } from '../../infra/lanes/compose/lane-paths.js';
import type { ComposeLaneRecord } from '../../infra/lanes/compose/lane-record.js';
import { materialRef } from '../../infra/lanes/made/lane-materials.js';
import { edgeNames } from '../../infra/lanes/made/names.js';
import { createMaterials } from '../../infra/state/materials.js';
import { openStateFolder } from '../../infra/state/state-folder.js';
import { askForName, UNKNOWN_NAME } from '../../systems/edge/ask-for-name.js';
import { renderRoutes, renderStaticConfig, routesFileIn } from '../../systems/edge/traefik-edge.js';
import { findFreePorts } from '../../systems/processes/free-ports.js';
import { waitUntil } from '../../systems/waiting/wait-until.js';
import { toolPath } from '../support/tools.js';
import { laneContract } from './lane-contract.js';

laneContract('compose', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'openbao-dr-compose-'));
  const stateFolder = await openStateFolder(join(folder, 'state'));
  const materials = createMaterials(stateFolder);
  const paths = composeLanePaths(stateFolder, 'compose');
  const [infra, source, target, clients, storage] = (await findFreePorts(5)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const ports = { infra, source, target, clients, storage };
  const record: ComposeLaneRecord = {
    ...{ kind: 'compose', layout: 1, lane: 'compose', createdBy: 'up', ports, targetSealKey: baseline.sealKey },
    ...{ materialsReady: true, ready: ['infra', 'source', 'target'], clientsAt: 'source' },
  };
  await mkdir(paths.folder);
  await writeFile(join(paths.folder, 'lane.json'), JSON.stringify(record));
  await materials.write(materialRef('compose', 'sourceSealToken'), 'a-token');

  const running = new Map<string, ChildProcess | undefined>();
  const start = async (service: string): Promise<void> => {
    if (running.has(service)) return;
    const name = edgeNames.find((edge) => service === `edge-${edge}`);
    if (name === undefined) return void running.set(service, undefined);
    const config = join(folder, `${service}.yml`);
    await writeFile(config, renderStaticConfig({ port: ports[name], dynamicFolder: paths.routes(name) }));
    running.set(service, spawn(toolPath('traefik'), [`--configFile=${config}`], { stdio: 'ignore' }));
  };
  const end = async (service: string): Promise<void> => {
    const child = running.get(service);
    running.delete(service);
    if (child === undefined || child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  const containers: LaneContainers = {
    start: async (services) => void (await Promise.all(services.map(start))),
    kill: end,
    stop: async (services) => void (await Promise.all(services.map(end))),
    state: async (service) => ({ running: running.has(service), addresses: {} }),
    status: async () => ({ exitCode: 0, output: JSON.stringify({ initialized: true, sealed: false }) }),
    logs: async () => '',
    remove: async () => void (await Promise.all([...running.keys()].map(end))),
  };
  const open = (assertHeld?: () => Promise<void>) =>
    createComposeLane('compose', {
      ...{ stateFolder, materials, environment: {}, assertHeld, takenPorts: async () => new Set<number>() },
      tools: { ensure: () => Promise.reject(new Error('no engine is needed')) },
      openContainers: async () => ({ containers, project: 'compose', reach: publishedReach(record) }),
    });
  /** What the edge lets through finds nobody: the name is then known, and the connection ends. */
  const answers = async (side: 'source' | 'target'): Promise<boolean> => {
    const asked = { address: `https://127.0.0.1:${ports[side]}`, serverName: baseline.hosts[side] };
    const answer = await askForName(asked);
    return answer.outcome !== 'refused' || ![UNKNOWN_NAME, 'ECONNREFUSED'].includes(answer.code);
  };
  for (const side of ['source', 'target'] as const) {
    await mkdir(paths.routes(side), { recursive: true });
    const route = { name: side, hosts: [baseline.hosts[side], baseline.hosts.clients], backend: '127.0.0.1:1' };
    await writeFile(routesFileIn(paths.routes(side)), renderRoutes([route]));
    await start(`edge-${side}`);
    await waitUntil(async () => (await answers(side)) || undefined, { what: 'the edge', timeoutMs: 30_000 });
  }
  return {
    ...{ stateFolder, name: 'compose', open, answers, recovers: true },
    async [Symbol.asyncDispose]() {
      await containers.remove();
      await rm(folder, { recursive: true, force: true });
    },
  };
});
