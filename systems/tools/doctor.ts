/** Finds whether a drill could run with the tools of this machine, and what to do if not. Returns data for others to print. */
import { type ToolBox, type ToolInspection } from './tool-box.js';
import { type IgnoredProgram, type ToolName } from './tool.js';

export interface ToolExamination {
  readonly tool: ToolName;
  readonly purpose: string;
  /**
   * `ready`: here and supported. `installable`: missing, and installed on first use. `missing`: missing, and cannot be
   * installed. `unusable`: its environment variable names something that cannot be used.
   */
  readonly state: 'ready' | 'installable' | 'missing' | 'unusable';
  readonly version?: string;
  readonly path?: string;
  readonly source?: 'environment' | 'cache' | 'path' | 'installed';
  /** Supported versions, for people. */
  readonly supported: string;
  /** The environment variable that names the tool explicitly. */
  readonly variable: string;
  /** Programs on `PATH` passed over, because their version is not supported or could not be read. */
  readonly ignored: readonly IgnoredProgram[];
  /** Whether no drill can run without it: of two S3 servers that do the same, one is enough. */
  readonly needed: boolean;
  /** The problem and what to do. */
  readonly problem?: string;
}

export interface InstallerExamination {
  readonly ready: boolean;
  readonly python: string;
  readonly pythonVersion?: string;
  readonly pipVersion?: string;
  readonly problem?: string;
}

export interface ToolsExamination {
  readonly tools: readonly ToolExamination[];
  readonly installer: InstallerExamination;
  readonly cacheFolder: string;
  /** Every tool a drill needs is here, or will be installed on first use. */
  readonly canDrill: boolean;
}

/** The tools that a kind of lane needs. */
export interface LaneTools {
  /** Each of them. */
  readonly needed: readonly ToolName[];
  /** Either S3 server, as {@link ToolBox.ensureS3Server} chooses. */
  readonly s3Server: boolean;
  /** Shown with the others; no drill depends on them. */
  readonly optional: readonly ToolName[];
}

export const localLaneTools: LaneTools = {
  needed: ['temporal', 'bao', 'traefik'],
  s3Server: true,
  optional: ['rclone'],
};

/** Looks at the tools of one kind of lane, of a local one by default; installs nothing, and uses no network. */
export const examineTools = async (
  toolBox: Pick<ToolBox, 'inspectAll'>,
  { needed, s3Server, optional }: LaneTools = localLaneTools,
): Promise<ToolsExamination> => {
  const looked = [...needed, ...(s3Server ? s3Servers : []), ...optional];
  const { tools: inspections, pip, cacheFolder, cacheFailure } = await toolBox.inspectAll(looked);
  const { failure: pipFailure, ...versions } = pip;
  const failure = pipFailure ?? cacheFailure;
  const installer = { ...versions, ready: failure === undefined, ...(failure && { problem: failure.message }) };
  const examined = inspections.map((inspection) => examine(inspection, installer));
  const stateOf = (name: ToolName) => examined.find(({ tool }) => tool === name)?.state;
  const usable = (tool: ToolName) => stateOf(tool) === 'ready' || stateOf(tool) === 'installable';
  // A RustFS that is named but unusable stops a drill, although the other server would do.
  const hasS3Server = stateOf('rustfs') !== 'unusable' && s3Servers.some(usable);
  const tools = examined.map((tool) => ({
    ...tool,
    needed: needed.includes(tool.tool) || (s3Servers.includes(tool.tool) && !s3Servers.some(usable)),
  }));
  return { tools, installer, cacheFolder, canDrill: needed.every(usable) && (hasS3Server || !s3Server) };
};

const s3Servers: readonly ToolName[] = ['rustfs', 'weed'];

const examine = (
  { entry, location, hasWheel, failure }: ToolInspection,
  installer: InstallerExamination,
): Omit<ToolExamination, 'needed'> => {
  const { tool, purpose, variable, supported } = entry;
  const known = { tool, purpose, variable, supported: supported.described };
  if (failure) return { ...known, state: 'unusable', ignored: [], problem: failure.message };
  if (location.source !== 'missing') return { ...known, ...location, state: 'ready', ignored: [] };
  if (hasWheel && installer.ready) return { ...known, state: 'installable', ignored: location.ignored };
  const problem = hasWheel
    ? installer.problem
    : `${tool} is not on PATH and has no wheel for this platform: install version ${supported.described} and name it in ${variable}`;
  return { ...known, state: 'missing', ignored: location.ignored, ...(problem && { problem }) };
};
