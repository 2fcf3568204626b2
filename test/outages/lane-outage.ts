/** Takes one server of a local lane away, and brings the same one back: same program, same arguments, same data. */
import { readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { openLaneRecord } from '../../infra/lanes/local/lane-record.js';
import type { ProcessName } from '../../infra/lanes/made/processes/process-name.js';
import { killBackgroundProcess, startBackgroundProcess } from '../../systems/processes/background-process.js';

/** `killed`: connections are refused. `frozen`: they are taken, and nothing ever answers. */
export type Outage = 'killed' | 'frozen';

/** Returns once the server is away, with what brings it back. */
export const takeAway = async (laneFolder: string, name: ProcessName, how: Outage): Promise<() => Promise<void>> => {
  const record = openLaneRecord(laneFolder);
  const identity = (await record.existing()).processes[name];
  if (identity === undefined) throw new Error(`the lane has no process ${name}`);
  const { pid } = identity;
  if (how === 'frozen') {
    process.kill(pid, 'SIGSTOP');
    return async () => void process.kill(pid, 'SIGCONT');
  }
  const proc = (part: string) => join('/proc', String(pid), part);
  const [file = '', ...args] = listOf(await readFile(proc('cmdline'), 'utf8'));
  const env = Object.fromEntries(listOf(await readFile(proc('environ'), 'utf8')).map(asVariable));
  const [cwd, logFile] = await Promise.all([readlink(proc('cwd')), readlink(proc('fd/1'))]);
  await killBackgroundProcess(identity);
  return async () => {
    const started = await startBackgroundProcess({ file, args, env, cwd, logFile });
    await record.update(({ processes }) => {
      processes[name] = started;
    });
  };
};

const listOf = (text: string): readonly string[] => text.split('\0').filter((part) => part !== '');

const asVariable = (line: string): readonly [string, string] => {
  const at = line.indexOf('=');
  return [line.slice(0, at), line.slice(at + 1)];
};
