/** Starts a lane's processes, adopts those that still run, and ends only what is provably the lane's own. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { identifyProcess, isRunning, type ProcessIdentity } from '../../../../systems/processes/process-identity.js';
import { isKnownFailure } from '../../../../domain/known-failure.js';
import {
  type BackgroundProcess,
  killBackgroundProcess,
  startBackgroundProcess,
  stopBackgroundProcess,
} from '../../../../systems/processes/background-process.js';
import { assertPortFree } from '../../../../systems/processes/free-ports.js';
import type { ProcessName } from './process-name.js';

export interface SupervisedProcess extends BackgroundProcess {
  readonly name: ProcessName;
  /** Must be free before it starts: a server that loses the race for its port would leave a stranger's in its place. */
  readonly ports: readonly number[];
  /** Writes what it reads at its start. Not called for a process that runs: its files then tell what it runs with. */
  readonly prepare?: () => Promise<void>;
}

type Processes = Record<string, ProcessIdentity>;

/** The part of a lane's record that tells its processes. */
export interface ProcessBook {
  read(): Promise<{ readonly processes: Processes } | undefined>;
  update(change: (record: { processes: Processes }) => void): Promise<unknown>;
}

export interface Supervisor {
  /** Answers whether it had to start the process. */
  ensure(process: SupervisedProcess): Promise<'started' | 'adopted'>;
  /** Whether the recorded process still runs. */
  isRunning(name: ProcessName): Promise<boolean>;
  stop(name: ProcessName): Promise<void>;
  /** Ends the process at once, as a loss of power would: it closes nothing and says nothing. */
  kill(name: ProcessName): Promise<void>;
  stopAll(): Promise<void>;
}

export const createSupervisor = (record: ProcessBook, laneFolder: string): Supervisor => {
  const recorded = async (name: ProcessName): Promise<ProcessIdentity | undefined> =>
    (await record.read())?.processes[name];

  const runs = async (name: ProcessName): Promise<boolean> => {
    const known = await recorded(name);
    return known !== undefined && (await isRunning(known));
  };

  const end = async (name: ProcessName, how: (identity: ProcessIdentity) => Promise<unknown>): Promise<void> => {
    const known = await recorded(name);
    if (known !== undefined) {
      await how(known);
      await unlessFull(
        record.update(({ processes }) => {
          delete processes[name];
        }),
      );
    }
    await endStrays((marker) => marker === join(laneFolder, name));
  };

  return {
    async ensure({ name, ports, prepare, ...spec }) {
      if (await runs(name)) return 'adopted';
      await endStrays((marker) => marker === join(laneFolder, name));
      await prepare?.();
      for (const port of ports) await assertPortFree(port, name);
      const env = { ...spec.env, [markerVariable]: join(laneFolder, name) };
      const identity = await startBackgroundProcess({ ...spec, env });
      await record.update(({ processes }) => {
        processes[name] = identity;
      });
      return 'started';
    },
    isRunning: runs,
    stop: (name) => end(name, stopBackgroundProcess),
    kill: (name) => end(name, killBackgroundProcess),
    async stopAll() {
      const known = Object.values((await record.read())?.processes ?? {});
      await Promise.all(known.map((identity) => stopBackgroundProcess(identity, { graceMs: partingMs })));
      await endStrays((marker) => marker.startsWith(`${laneFolder}/`));
    },
  };
};

/** What they would still write is about to be removed; SeaweedFS alone would take half a minute over it. */
const partingMs = 1_000;

/** A process that has ended is known for dead whatever the record says of it: on a full disk the others have to end, too. */
const unlessFull = async (write: Promise<unknown>): Promise<void> => {
  try {
    await write;
  } catch (error) {
    if (!isKnownFailure(error, 'DiskFull')) throw error;
  }
};

/** Every process of a lane carries its own name in its environment, which only this user can read and nobody else sets. */
const markerVariable = 'OPENBAO_DR_PROCESS';

/**
 * Ends processes that carry the lane's mark but are not in its record: starts of ours, cut short before they were
 * recorded. Where there is no /proc, none is found.
 */
const endStrays = async (isOurs: (marker: string) => boolean): Promise<void> => {
  const entries = await readdir('/proc').catch(() => []);
  await Promise.all(
    entries
      .filter((entry) => /^\d+$/.test(entry))
      .map(async (pid) => {
        const identity = await identifyProcess(Number(pid));
        const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
        const mark = environment.split('\0').find((entry) => entry.startsWith(`${markerVariable}=`));
        if (identity === undefined || mark === undefined) return;
        if (isOurs(mark.slice(markerVariable.length + 1))) await stopBackgroundProcess(identity);
      }),
  );
};
