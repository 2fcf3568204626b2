/** Reads a drill's plan from the command line: a file in YAML or JSON, a lane's name, or neither. */
import { open } from 'node:fs/promises';
import { parseDocument } from 'yaml';
import { KnownFailure } from '../domain/known-failure.js';
import type { DrillPlan } from '../domain/plan.js';
import { parseLaneName, parsePlan } from '../domain/plan-schema.js';
import { errorCode } from '../systems/files/storage-failure.js';

const mostBytes = 1024 * 1024;
const defaultLane = 'local';

interface PlanRequest {
  /** As typed; undefined when it was left out. */
  readonly lane: string | undefined;
  readonly file?: string | undefined;
  /** Overrides what the file says: leave the lane as it is. */
  readonly keep?: boolean | undefined;
}

interface RequestedPlan {
  /** The workflow's input: what was typed, with its lane. */
  readonly input: Readonly<Record<string, unknown>>;
  /** The same with every default filled in. */
  readonly plan: DrillPlan;
}

/**
 * @throws KnownFailure `InvalidLaneName`, `InvalidPlan`, `LaneMismatch` (the file is for another lane), or as
 * {@link readPlanFile}.
 */
export const requestPlan = async ({ lane, file, keep = false }: PlanRequest): Promise<RequestedPlan> => {
  const named = lane === undefined ? undefined : parseLaneName(lane);
  const typed = file === undefined ? {} : await readPlanFile(file);
  const planned = typed['lane'];
  if (file !== undefined && named !== undefined && planned !== undefined && planned !== named) {
    const sentence = `${file} plans a drill of lane ${JSON.stringify(planned)}, not of ${named}: leave one of them out.`;
    throw new KnownFailure('LaneMismatch', sentence);
  }
  const input = {
    ...typed,
    ...(planned === undefined && { lane: named ?? defaultLane }),
    ...(keep && { teardown: 'never' }),
  };
  return { input, plan: parsePlan(input) };
};

/** The lane a command is about, when no plan can name it. */
export const requestLane = (lane: string | undefined): string =>
  lane === undefined ? defaultLane : parseLaneName(lane);

/**
 * @throws KnownFailure `PlanFileNotReadable`, `PlanFileTooLarge`, or `PlanFileInvalid`: not YAML or JSON, or no mapping.
 */
export const readPlanFile = async (path: string): Promise<Readonly<Record<string, unknown>>> => {
  const document = parseDocument(await readSmallFile(path));
  const [wrong] = document.errors;
  if (wrong !== undefined) throw invalid(path, `is not valid YAML or JSON: ${firstLine(wrong.message)}`);
  const value = toValue(path, () => document.toJS() as unknown);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(path, 'does not hold a mapping of fields to values, like "lane: local"');
  }
  return value as Readonly<Record<string, unknown>>;
};

const readSmallFile = async (path: string): Promise<string> => {
  try {
    const file = await open(path, 'r');
    try {
      const stats = await file.stat();
      if (!stats.isFile()) throw notReadable(path, 'is not a file');
      if (stats.size > mostBytes) {
        throw new KnownFailure('PlanFileTooLarge', `${path} is no plan: it is larger than 1 MiB.`, {
          facts: { sizeBytes: stats.size },
        });
      }
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') throw notReadable(path, 'does not exist', code);
    if (code === 'EACCES' || code === 'EPERM') throw notReadable(path, 'may not be read by this user', code);
    if (code === 'EISDIR') throw notReadable(path, 'is not a file', code);
    throw error;
  }
};

/** A document whose aliases multiply beyond reason is refused by the library only here. */
const toValue = (path: string, convert: () => unknown): unknown => {
  try {
    return convert();
  } catch (error) {
    throw invalid(path, `cannot be read: ${firstLine(error instanceof Error ? error.message : String(error))}`);
  }
};

const firstLine = (text: string): string => (text.split('\n')[0] ?? '').replace(/[:.]$/, '');

const notReadable = (path: string, why: string, code?: string): KnownFailure =>
  new KnownFailure('PlanFileNotReadable', `The plan ${path} ${why}: name a file in YAML or JSON with --plan.`, {
    facts: { code },
  });

const invalid = (path: string, why: string): KnownFailure =>
  new KnownFailure('PlanFileInvalid', `The plan ${path} ${why}.`);
