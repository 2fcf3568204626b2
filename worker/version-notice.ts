/** Why a worker may get nothing to do: a sentence for its start. */
import type { WorkerDeployment } from './worker-deployment.js';

export interface VersionNoticeInput {
  readonly taskQueue: string;
  /** This worker's version; undefined if it has none. */
  readonly mine: WorkerDeployment | undefined;
  /** The version that new runs of its queue go to; undefined: to workers without a version. */
  readonly current: WorkerDeployment | undefined;
}

/** Undefined if new runs come to this worker. */
export const versionNotice = ({ taskQueue, mine, current }: VersionNoticeInput): string | undefined => {
  if (isSame(mine, current)) return undefined;
  if (mine === undefined) {
    return (
      `This worker has no version, and new runs of task queue ${taskQueue} go to version ${nameOf(current)}: it gets none of them. ` +
      'Set TEMPORAL_DEPLOYMENT_NAME and TEMPORAL_WORKER_BUILD_ID, or let runs go to workers without a version: ' +
      `temporal worker deployment set-current-version --deployment-name ${word(current?.deploymentName)} --unversioned`
    );
  }
  const goTo = current === undefined ? 'workers without a version' : `version ${nameOf(current)}`;
  return (
    `New runs of task queue ${taskQueue} go to ${goTo}, and not to this worker's version ${nameOf(mine)}, which gets only runs ` +
    'that began on it. To let new runs come here: ' +
    `temporal worker deployment set-current-version --deployment-name ${word(mine.deploymentName)} --build-id ${word(mine.buildId)}`
  );
};

const isSame = (one: WorkerDeployment | undefined, other: WorkerDeployment | undefined): boolean =>
  one?.deploymentName === other?.deploymentName && one?.buildId === other?.buildId;

const nameOf = (version: WorkerDeployment | undefined): string => `${version?.deploymentName}:${version?.buildId}`;

/** Quotes a word so that a POSIX shell reads it back unchanged. */
const word = (text = ''): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);
