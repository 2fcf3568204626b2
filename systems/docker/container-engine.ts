/** Asks the container engine behind the `docker` program about itself and its machine. */
import { z } from 'zod';
import { type Program } from '../processes/program.js';

export interface ContainerEngine {
  /** `28.2.2`. */
  readonly version: string;
  /** Name of the machine it runs on, which may be a virtual one inside this. */
  readonly machine: string;
  /** `Debian GNU/Linux 12 (bookworm)`, `Docker Desktop`. */
  readonly operatingSystem: string;
  /** Memory of that machine in all, in bytes. */
  readonly memoryBytes: number;
  /** The folder of images and containers on that machine. */
  readonly rootFolder: string;
  readonly controlGroups: 1 | 2 | undefined;
}

/** The program's words in place of an answer: one line, or none. */
export interface SilentEngine {
  readonly said: string;
}

/** The problem of an engine that does not answer, and what to do: one sentence without its full stop. */
export const describeSilence = ({ said }: SilentEngine): string => {
  const why = said.trim().replace(/\.$/, '').slice(0, 200);
  return `The Docker engine does not answer: start it, and let this user use it${why === '' ? '' : ` (${why})`}`;
};

const answerTimeoutMs = 15_000;

// The shorthand `--format json` is newer than the oldest engine that is supported.
export const versionCommand = (): readonly string[] => ['version', '--format', '{{json .}}'];
const infoCommand = (): readonly string[] => ['info', '--format', '{{json .}}'];

const versionAnswer = z.object({ Server: z.object({ Version: z.string().min(1) }) });

const infoAnswer = z.object({
  Name: z.string(),
  OperatingSystem: z.string(),
  MemTotal: z.number().nonnegative(),
  DockerRootDir: z.string().min(1),
  // Engines before 20.10 do not report it.
  CgroupVersion: z.enum(['1', '2']).optional().catch(undefined),
});

/**
 * @param docker runs the program; see `createProgram`.
 * @throws KnownFailure `ProcessNotStarted`.
 */
export const askEngine = async (docker: Program): Promise<ContainerEngine | SilentEngine> => {
  const asked = await docker({ args: versionCommand(), timeoutMs: answerTimeoutMs });
  const answer = versionAnswer.safeParse(parsed(asked.stdout));
  if (!answer.success) return { said: asked.timedOut ? 'no answer within 15 s' : lastLine(asked.stderr) };
  const told = await docker({ args: infoCommand(), timeoutMs: answerTimeoutMs });
  const info = infoAnswer.safeParse(parsed(told.stdout));
  if (!info.success) return { said: told.timedOut ? 'no answer within 15 s' : lastLine(told.stderr) };
  const { Name, OperatingSystem, MemTotal, DockerRootDir, CgroupVersion } = info.data;
  return {
    version: answer.data.Server.Version,
    machine: Name,
    operatingSystem: OperatingSystem,
    memoryBytes: MemTotal,
    rootFolder: DockerRootDir,
    controlGroups: CgroupVersion === undefined ? undefined : CgroupVersion === '2' ? 2 : 1,
  };
};

export const answers = (engine: ContainerEngine | SilentEngine): engine is ContainerEngine => 'version' in engine;

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

const lastLine = (text: string): string => text.trim().split('\n').at(-1)?.trim() ?? '';
