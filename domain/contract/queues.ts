/** Task queues: which worker may do which step of a run. */
import { taskQueue as defaultTaskQueue } from './contract.js';
import { KnownFailure } from '../known-failure.js';

/** The steps of a run go here once its lane is reserved: to workers that have the lane's state folder. */
export interface RunQueues {
  readonly steps: string;
  /** The canary's queue: the canary keeps its slot for as long as it runs, and must not keep one that a step needs. */
  readonly client: string;
}

/**
 * The queues of a state folder. Workers that share the folder share them.
 *
 * @param main the queue of workflow tasks and of each run's first steps.
 * @param folderId the id that is kept in the folder.
 */
export const queuesOfFolder = (main: string, folderId: string): RunQueues => ({
  steps: `${main}/${folderId}`,
  client: `${main}/${folderId}/client`,
});

/**
 * Member of a workflow's memo: the queue on which its lane is to be reserved. The program names its own folder's queue there,
 * so that a run that was started here runs here; without it any worker takes the run.
 */
export const reserveOnMemo = 'reserveOn';

/** The queue that a memo names, if it is one of the workflow's own. */
export const reserveOn = (memo: Readonly<Record<string, unknown>> | undefined, main: string): string | undefined => {
  const wish = memo?.[reserveOnMemo];
  return typeof wish === 'string' && wish.startsWith(`${main}/`) ? wish : undefined;
};

const mostCharacters = 200;

/**
 * Reads `OPENBAO_DR_TASK_QUEUE`. Default: `openbao-dr`.
 *
 * @throws KnownFailure `InvalidTaskQueue`.
 */
export const taskQueueIn = (environment: Readonly<Record<string, string | undefined>>): string => {
  const name = environment['OPENBAO_DR_TASK_QUEUE'];
  if (name === undefined || name === '') return defaultTaskQueue;
  if (/^[\w.-][\w./-]*$/.test(name) && name.length <= mostCharacters) return name;
  throw new KnownFailure(
    'InvalidTaskQueue',
    `OPENBAO_DR_TASK_QUEUE is ${JSON.stringify(name)}: a task queue's name has at most ${mostCharacters} letters, digits, dots, dashes, underscores and slashes, and begins with no slash.`,
  );
};
