/** `openbao-dr doctor`: checks whether a drill could run here, and says what to do if not. Changes nothing. */
import { access, constants, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isKnownFailure } from '../../../domain/known-failure.js';
import type { AdoptablePart } from '../../../domain/plan/plan.js';
import type { Finding } from '../../../infra/lanes/finding.js';
import { kindModuleOf } from '../../../infra/lanes/kinds.js';
import { openStateFolder } from '../../../infra/state/state-folder.js';
import { errorCode } from '../../../systems/files/storage-failure.js';
import { loadTemporalSettings } from '../../../systems/temporal/connection-settings.js';
import { examineTools, type ToolsExamination } from '../../../systems/tools/index.js';
import { type Context, type ExitCode, type GlobalOptions, writeJson, writeLine } from '../../cli/context.js';
import { stateFolderPath } from '../../cli/locations.js';
import { describeOldNode } from '../../cli/node-version.js';
import { requestPlan } from '../../cli/plan-file.js';
import { findRunningServer } from '../../temporal/servers.js';
import { renderDiagnosis } from '../../views/diagnosis.js';
import { paintFor } from '../../views/text.js';
import { openToolBox } from '../../cli/workspace.js';

interface DoctorOptions extends GlobalOptions {
  readonly plan?: string;
  readonly adopt?: readonly AdoptablePart[];
  readonly hostAddress?: string;
  readonly json?: boolean;
}

export interface Diagnosis extends ToolsExamination {
  readonly findings: readonly Finding[];
}

export const runDoctor = async (
  context: Context,
  lane: string | undefined,
  { plan: file, adopt, hostAddress, json = false, ...options }: DoctorOptions,
): Promise<ExitCode> => {
  const { plan } = await requestPlan({ lane, file, overrides: { adopt, hostAddress } });
  const kind = kindModuleOf(plan.lane);
  const [tools, stateFolder] = await Promise.all([
    examineTools(
      openToolBox(context, () => undefined),
      kind.tools(plan),
    ),
    examineStateFolder(stateFolderPath(context, options)),
  ]);
  const { environment } = context;
  const hasLane = stateFolder.finding.ok === true && (await isThere(join(stateFolder.path, 'lanes', plan.lane)));
  const findings = [
    examineNode(context.nodeVersion),
    examinePlatform(context.platform),
    stateFolder.finding,
    await examineTemporal(context, stateFolder),
    ...((await kind.examine?.(plan, { environment, tools: tools.tools, hasLane })) ?? []),
  ];
  const canDrill = tools.canDrill && findings.every(({ ok }) => ok !== false);
  const diagnosis: Diagnosis = { ...tools, findings, canDrill };
  if (json) writeJson(context.stdout, diagnosis);
  else writeLine(context.stdout, renderDiagnosis(diagnosis, paintFor(context.stdout, environment)));
  return canDrill ? 0 : 2;
};

const examineNode = (version: string): Finding => {
  const problem = describeOldNode(version);
  return { what: 'Node.js', found: version, ok: problem === undefined, ...(problem !== undefined && { problem }) };
};

const examinePlatform = (platform: string): Finding => {
  const ok = platform.startsWith('linux-') || platform.startsWith('darwin-');
  const problem = 'Drills run on Linux and macOS: on Windows use WSL.';
  return { what: 'platform', found: platform, ok, ...(!ok && { problem }) };
};

interface ExaminedStateFolder {
  readonly path: string;
  readonly finding: Finding;
}

const examineStateFolder = async (path: string): Promise<ExaminedStateFolder> => {
  const what = 'state folder';
  try {
    if (await isThere(path)) await openStateFolder(path);
    else await access(await nearestFolder(path), constants.W_OK | constants.X_OK);
    return { path, finding: { what, found: path, ok: true } };
  } catch (error) {
    const known = isKnownFailure(error) || errorCode(error) !== undefined;
    if (!known) throw error;
    const problem = isKnownFailure(error)
      ? error.message
      : `${path} cannot be made: name another folder with --state-dir or OPENBAO_DR_STATE.`;
    return { path, finding: { what, found: path, ok: false, problem } };
  }
};

/** An empty folder is not opened either, because that would leave a mark in it. */
const isThere = async (path: string): Promise<boolean> => {
  try {
    return (await readdir(path)).length > 0;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
};

const nearestFolder = async (path: string): Promise<string> => {
  try {
    await access(path);
    return path;
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' || dirname(path) === path) throw error;
    return nearestFolder(dirname(path));
  }
};

/**
 * The server that a drill would use: a named server that does not answer stops the drill, and without a named one a drill
 * brings its own.
 */
const examineTemporal = async (
  context: Context,
  { path, finding: { ok: mayLook } }: ExaminedStateFolder,
): Promise<Finding> => {
  const what = 'Temporal server';
  try {
    const { named, address } = loadTemporalSettings(context.environment);
    // A missing state folder has no server; the folder's own row reports the rest.
    const server =
      named || mayLook
        ? await findRunningServer(context, { stateFolder: { temporal: join(path, 'temporal') } })
        : undefined;
    await server?.close();
    if (server === undefined) return { what, found: 'a drill brings its own', ok: true };
    const found = named ? `${address}, as the settings say` : `${server.settings.address}, the state folder's own`;
    return { what, found, ok: true };
  } catch (error) {
    if (!isKnownFailure(error)) throw error;
    return { what, found: 'not usable', ok: false, problem: error.message };
  }
};
