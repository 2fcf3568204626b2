/** Asks a program for its version; each path is asked once, because starting a binary of 150 MB takes a while. */
import { execa } from 'execa';
import { type CatalogEntry, type Environment } from './tool.js';

/** Generous: a first start reads the whole binary from a cold disk. */
const probeTimeoutMs = 30_000;

/** The version, or undefined if the program does not start, does not answer in time, or says something unknown. */
export type ProbeVersion = (entry: CatalogEntry, path: string) => Promise<string | undefined>;

export const createProbe = (environment: Environment): ProbeVersion => {
  const answers = new Map<string, Promise<string | undefined>>();
  return async (entry, path) => {
    const key = `${entry.tool}:${path}`;
    const answer = answers.get(key) ?? askVersion(entry, path, environment);
    answers.set(key, answer);
    return answer;
  };
};

const askVersion = async (entry: CatalogEntry, path: string, environment: Environment): Promise<string | undefined> => {
  const { stdout, stderr } = await execa(path, entry.versionArguments, {
    env: environment,
    extendEnv: false,
    stdin: 'ignore',
    reject: false,
    timeout: probeTimeoutMs,
    // A version is a line: what prints for ever is no program that is looked for.
    maxBuffer: 1024 * 1024,
    killSignal: 'SIGKILL',
  });
  return entry.versionPattern.exec(`${stdout}\n${stderr}`)?.[1];
};
