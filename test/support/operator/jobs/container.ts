/** What stands for a container: a function of the test's own process, and the log of what it said. */
import { setTimeout as pause } from 'node:timers/promises';
import type { KubernetesObject } from '../../../../systems/kubernetes/cluster.js';

/** Fails by throwing. */
export type ContainerProgram = (pod: KubernetesObject, say: (line: string) => void) => Promise<void>;

export interface ContainerRun {
  readonly pod: KubernetesObject;
  readonly program: ContainerProgram;
  /** Gets what it says, line by line. */
  readonly log: string[];
  /** How long a container goes on that has said why it fails: long enough to be looked at. */
  readonly lingersMs: number;
  readonly signal: AbortSignal;
}

/** Runs it to its end. Rejects only if it is aborted. */
export const runContainer = async ({
  pod,
  program,
  log,
  lingersMs,
  signal,
}: ContainerRun): Promise<'succeeded' | 'failed'> => {
  const say = (line: string): void => void log.push(line);
  try {
    await program(pod, say);
    signal.throwIfAborted();
    return 'succeeded';
  } catch (error) {
    signal.throwIfAborted();
    say(error instanceof Error ? error.message : String(error));
    await pause(lingersMs, undefined, { signal });
    return 'failed';
  }
};
