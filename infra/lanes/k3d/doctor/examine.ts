/** What a k3d lane needs besides its tools, looked at without changing anything. */
import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { K3dLaneOptions } from '../../../../domain/plan/plan.js';
import { isKnownFailure } from '../../../../domain/known-failure.js';
import { allowancesIn, assertAllowed } from '../allowances/allowances.js';
import { hostPorts } from '../machine/host-ports.js';
import { contextName, k3dClusterName, siteNames, storageContainer, storagePort } from '../names.js';
import { clustersThere } from '../machine/import-images.js';
import { createCluster } from '../../../../systems/kubernetes/cluster.js';
import { createDocker, dockerVariables } from '../../../../systems/docker/docker.js';
import { createProgram, pick } from '../../../../systems/processes/program.js';
import {
  answers,
  askEngine,
  type ContainerEngine,
  type SilentEngine,
} from '../../../../systems/docker/container-engine.js';
import { readControlGroupVersion } from '../../../../systems/machine/control-groups.js';
import { readDiskSpace } from '../../../../systems/machine/disk.js';
import { inotifyLimits, readInotifyLimit } from '../../../../systems/machine/inotify.js';
import { readAvailableMemory } from '../../../../systems/machine/memory.js';
import { examinePort } from '../../../../systems/machine/port.js';
import type { Environment, LaneTools, ToolExamination, ToolName } from '../../../../systems/tools/index.js';
import { adoptedFindings } from './adopted-findings.js';
import { bad, type Finding, notChecked } from '../../finding.js';
import {
  controlGroupFinding,
  diskFinding,
  engineFinding,
  inotifyFinding,
  memoryFinding,
  portFinding,
} from './machine-findings.js';

/** Whoever adopts what is there needs fewer programs. */
export const k3dLaneTools = ({ adopt, storage }: Pick<K3dLaneOptions, 'adopt' | 'storage'>): LaneTools => ({
  needed: [
    'temporal',
    'kubectl',
    ...(adopt.includes('operator') ? [] : (['helm'] as const)),
    ...(adopt.includes('clusters') ? [] : (['k3d'] as const)),
    ...(needsEngine({ adopt, storage }) ? (['docker'] as const) : []),
  ],
  s3Server: storage === 'process',
  optional: [],
});

const needsEngine = ({ adopt, storage }: Pick<K3dLaneOptions, 'adopt' | 'storage'>): boolean =>
  !adopt.includes('clusters') || storage === 'container';

export interface K3dExamination {
  readonly options: K3dLaneOptions;
  readonly environment: Environment;
  readonly tools: readonly ToolExamination[];
}

export const examineK3d = async (examination: K3dExamination): Promise<readonly Finding[]> => {
  // For what the programs keep: nothing of it stays.
  const folder = await mkdtemp(join(tmpdir(), 'openbao-dr-doctor-'));
  try {
    return await examine(examination, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const examine = async (
  { options, environment, tools }: K3dExamination,
  folder: string,
): Promise<readonly Finding[]> => {
  const pathOf = (name: ToolName): string | undefined => tools.find(({ tool }) => tool === name)?.path;
  const { adopt } = options;
  const docker = pathOf('docker');
  const engine = docker === undefined ? undefined : await ask(docker, environment);
  const findings: Finding[] = [...(await refusals(options, environment))];
  if (needsEngine(options)) {
    findings.push(engine === undefined ? notChecked('docker engine', 'docker is missing') : engineFinding(engine));
  }
  if (!adopt.includes('clusters')) {
    const up = engine !== undefined && answers(engine) ? engine : undefined;
    const there = await ownClusters(up === undefined ? undefined : pathOf('k3d'), environment, folder);
    findings.push(...(await machineFindings(up, there)));
  }
  if (options.storage === 'container') findings.push(await bucketPort(docker, environment));
  const kubectl = pathOf('kubectl');
  findings.push(
    ...(await adoptedFindings({
      adopt,
      reach: (site) => {
        if (kubectl === undefined) return 'kubectl is not here yet';
        if (!adopt.includes('clusters')) return 'the lane makes its cluster first';
        return createCluster({ kubectl, context: contextName(site), environment, folder: join(folder, site) });
      },
    })),
  );
  return findings;
};

/** Nothing is found of a plan that names no more than its worker allows. */
const refusals = async (options: K3dLaneOptions, environment: Environment): Promise<readonly Finding[]> => {
  try {
    await assertAllowed(options, allowancesIn(environment));
    return [];
  } catch (error) {
    if (!isKnownFailure(error)) throw error;
    return [bad('images and addresses', 'not allowed', error.message)];
  }
};

const ask = async (docker: string, environment: Environment): Promise<ContainerEngine | SilentEngine> => {
  try {
    return await askEngine(createProgram(docker, pick(environment, dockerVariables)));
  } catch (error) {
    if (!isKnownFailure(error)) throw error;
    return { said: error.message };
  }
};

/** The lane's clusters that k3d has already: they hold what they need. None where that cannot be told. */
const ownClusters = async (
  k3d: string | undefined,
  environment: Environment,
  folder: string,
): Promise<readonly string[]> => {
  if (k3d === undefined) return [];
  try {
    return await clustersThere(siteNames.map(k3dClusterName), { k3d, environment, folder: join(folder, 'k3d') });
  } catch (error) {
    if (!isKnownFailure(error)) throw error;
    return [];
  }
};

const machineFindings = async (
  engine: ContainerEngine | undefined,
  there: readonly string[],
): Promise<readonly Finding[]> => {
  // A machine of its own, real or virtual, has limits of its own.
  const elsewhere = engine !== undefined && engine.machine !== hostname();
  const away = elsewhere ? `the engine runs on another machine, ${engine.machine}` : undefined;
  const ready = there.length === siteNames.length ? 'the clusters are there already' : undefined;
  return [
    controlGroupFinding(engine?.controlGroups ?? (elsewhere ? undefined : await readControlGroupVersion())),
    ready !== undefined
      ? notChecked('free memory', ready)
      : elsewhere
        ? memoryFinding(engine.memoryBytes, { total: true })
        : memoryFinding(await readAvailableMemory(), { total: false }),
    await disk(engine, ready ?? away),
    ...(await Promise.all(
      inotifyLimits.map(async (limit) =>
        away === undefined ? inotifyFinding(limit, await readInotifyLimit(limit)) : notChecked(limit, away),
      ),
    )),
    ...(await ports(there)),
  ];
};

const disk = async (engine: ContainerEngine | undefined, whyNot: string | undefined): Promise<Finding> => {
  const what = "engine's disk";
  if (whyNot !== undefined) return notChecked(what, whyNot);
  if (engine === undefined) return notChecked(what, 'only the engine tells where it is');
  return diskFinding(engine.rootFolder, await readDiskSpace(engine.rootFolder));
};

/** The lane's own container may have it already. */
const bucketPort = async (docker: string | undefined, environment: Environment): Promise<Finding> => {
  const state = await examinePort('127.0.0.1', storagePort);
  const container =
    docker === undefined || state === 'free'
      ? undefined
      : await createDocker({ docker, environment })
          .container(storageContainer)
          .catch(() => undefined);
  const port = { host: '127.0.0.1', port: storagePort, use: 'bucket', publisher: `container ${storageContainer}` };
  return portFinding(port, state, container?.running === true);
};

const ports = async (there: readonly string[]): Promise<readonly Finding[]> =>
  Promise.all(
    (await hostPorts()).map(async (port) =>
      portFinding(port, await examinePort(port.host, port.port), there.includes(port.cluster)),
    ),
  );
