/** Finds who can start and stop the lane's containers from where this program runs. */
import { createCompose } from '../../../../systems/docker/compose.js';
import { createDocker } from '../../../../systems/docker/docker.js';
import type { FileOwner } from '../../../../systems/files/private-file.js';
import { pick } from '../../../../systems/processes/program.js';
import type { Environment, ToolBox } from '../../../../systems/tools/index.js';
import { createComposeContainers } from './compose-containers.js';
import { composeFile, composeVariables, imageVariables, writeOverride } from '../machine/compose-files.js';
import { containerUser } from './container-user.js';
import type { LaneContainers } from './containers.js';
import { isRootless, programAt } from '../machine/engine.js';
import { createKeptContainers } from './kept-containers.js';
import { type ComposeLaneContext, publishedReach, reachAmongContainers } from '../lane-context.js';
import type { ComposeLanePaths } from '../lane-paths.js';
import type { ComposeLaneRecord, ComposeRecordFile } from '../lane-record.js';
import type { Membership } from './member.js';
import { assertOwnVolumes } from '../machine/volumes.js';

export type OpenedContainers = Pick<ComposeLaneContext, 'containers' | 'project' | 'reach' | 'owner'>;

export interface OpenContainersOptions {
  readonly lane: string;
  readonly paths: ComposeLanePaths;
  readonly recordFile: Pick<ComposeRecordFile, 'update'>;
  readonly tools: Pick<ToolBox, 'ensure'>;
  readonly environment: Environment;
  readonly membership: Membership | undefined;
}

/** Name that every container, network and volume of a lane starts with. */
export const projectOf = (lane: string): string => `openbao-dr-${lane}`;

/** @throws KnownFailure as {@link assertOwnVolumes}, or as the tool box does. */
export const assertVolumesOf = async (
  { lane, paths, tools, environment }: Pick<OpenContainersOptions, 'lane' | 'paths' | 'tools' | 'environment'>,
  signal?: AbortSignal,
): Promise<void> => {
  const program = programAt((await tools.ensure('docker')).path, environment);
  await assertOwnVolumes({ program, project: projectOf(lane), paths }, signal);
};

/** @throws KnownFailure `DockerUnreachable`, or as the tool box does: nothing can be started here. */
export const openContainers = async (
  { lane, paths, recordFile, tools, environment, membership }: OpenContainersOptions,
  record: Pick<ComposeLaneRecord, 'ports' | 'user'>,
  signal?: AbortSignal,
): Promise<OpenedContainers> => {
  if (membership !== undefined) {
    const containers = createKeptContainers(membership.keeper);
    return { containers, project: await projectAround(containers, signal), reach: reachAmongContainers };
  }
  const docker = (await tools.ensure('docker')).path;
  const found = record.user ?? (await findUser(docker, environment, recordFile));
  const project = projectOf(lane);
  await writeOverride(paths);
  const compose = createCompose({
    docker,
    environment,
    project,
    files: [await composeFile(), paths.override],
    variables: { ...pick(environment, imageVariables), ...composeVariables(record, found) },
  });
  const containers = createComposeContainers({ project, compose, docker: createDocker({ docker, environment }) });
  return { containers, project, reach: publishedReach(record), owner: ownerOf(found) };
};

const findUser = async (
  docker: string,
  environment: Environment,
  recordFile: Pick<ComposeRecordFile, 'update'>,
): Promise<string> => {
  const rootless = await isRootless(programAt(docker, environment));
  const user = containerUser({ uid: process.getuid?.(), gid: process.getgid?.() }, rootless);
  await recordFile.update((current) => {
    current.user = user;
  });
  return user;
};

/** Files are given away only by root, to the user in the containers who is not root. */
const ownerOf = (user: string): FileOwner | undefined => {
  const [uid = 0, gid = 0] = user.split(':').map(Number);
  return process.getuid?.() === 0 && uid !== 0 ? { uid, gid } : undefined;
};

/** A member does not know what its project is called: it sees it in the names of the target's networks. */
const projectAround = async (containers: LaneContainers, signal?: AbortSignal): Promise<string> => {
  const networks = Object.keys((await containers.state('target', signal))?.addresses ?? {});
  return networks.find((name) => name.endsWith('_target'))?.replace(/_target$/, '') ?? 'openbao-dr';
};
