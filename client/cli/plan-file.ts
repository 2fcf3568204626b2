/** Reads a drill's plan from the command line: a file in YAML or JSON, a lane's name, or neither. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { parseAllDocuments, parseDocument } from 'yaml';
import { KnownFailure } from '../../domain/known-failure.js';
import { type AdoptablePart, defaultLane, type DrillPlan, kindOfLane } from '../../domain/plan/plan.js';
import { parseLaneName, parsePlan } from '../../domain/plan/plan-schema.js';
import { errorCode } from '../../systems/files/storage-failure.js';

const mostBytes = 1024 * 1024;

/** A command line's options for a k3d lane, which come before the file's. */
export interface K3dOverrides {
  readonly adopt?: readonly AdoptablePart[] | undefined;
  readonly hostAddress?: string | undefined;
  readonly openbaoVersion?: string | undefined;
  readonly operatorVersion?: string | undefined;
}

const flags: Readonly<Record<keyof K3dOverrides, string>> = {
  adopt: '--adopt',
  hostAddress: '--host-address',
  openbaoVersion: '--openbao-version',
  operatorVersion: '--operator-version',
};

interface PlanRequest {
  /** The lane as typed; undefined if it was left out. */
  readonly lane: string | undefined;
  readonly file?: string | undefined;
  /** Overrides the file: leave the lane as it is. */
  readonly keep?: boolean | undefined;
  readonly overrides?: K3dOverrides | undefined;
  /** A person waits at a terminal, so a mistake in an address shows within seconds, unless the file says otherwise. */
  readonly watched?: boolean | undefined;
}

const firstCheckOfWatched = '30s';

interface RequestedPlan {
  /** The workflow's input: the plan as typed, with its lane. */
  readonly input: Readonly<Record<string, unknown>>;
  /** The same with every default filled in. */
  readonly plan: DrillPlan;
}

/**
 * @throws KnownFailure `InvalidLaneName`, `InvalidPlan`, `LaneMismatch` (the file is for another lane), `OptionNotForLane`, or
 * as {@link readPlanFile}.
 */
export const requestPlan = async ({
  lane,
  file,
  keep = false,
  overrides = {},
  watched = false,
}: PlanRequest): Promise<RequestedPlan> => {
  const named = lane === undefined ? undefined : parseLaneName(lane);
  const typed = file === undefined ? {} : await readPlanFile(file);
  const planned = typed['lane'];
  if (file !== undefined && named !== undefined && planned !== undefined && planned !== named) {
    const sentence = `${file} plans a drill of lane ${JSON.stringify(planned)}, not of ${named}: leave one of them out.`;
    throw new KnownFailure('LaneMismatch', sentence);
  }
  const about = planned === undefined ? (named ?? defaultLane) : planned;
  const given = Object.entries(overrides).filter(([, value]) => value !== undefined);
  if (given.length > 0) assertK3d(about, flags[given[0]![0] as keyof K3dOverrides]);
  const input = {
    ...typed,
    lane: about,
    ...(watched && { patience: under({ firstCheck: firstCheckOfWatched }, typed['patience']) }),
    ...(keep && { teardown: 'never' }),
    ...(given.length > 0 && { k3d: over(typed['k3d'], Object.fromEntries(given)) }),
  };
  return { input, plan: parsePlan(input) };
};

/** The plan's schema reports a name that is no lane's. */
const assertK3d = (lane: unknown, flag: string): void => {
  const kind = typeof lane === 'string' ? kindOfLane(lane) : undefined;
  if (kind === undefined || kind === 'k3d') return;
  const sentence = `${flag} is for lanes of kind k3d, not for lane ${String(lane)}: leave it out, or name a k3d lane.`;
  throw new KnownFailure('OptionNotForLane', sentence);
};

/** A value that is no mapping stays as it is, because the plan's schema reports it. */
const over = (typed: unknown, given: Readonly<Record<string, unknown>>): unknown =>
  typed === undefined || isMapping(typed) ? { ...typed, ...given } : typed;

const under = (defaults: Readonly<Record<string, unknown>>, typed: unknown): unknown =>
  typed === undefined || isMapping(typed) ? { ...defaults, ...typed } : typed;

const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The lane of a command that takes no plan. */
export const requestLane = (lane: string | undefined): string =>
  lane === undefined ? defaultLane : parseLaneName(lane);

/**
 * @throws KnownFailure `PlanFileNotReadable`, `PlanFileTooLarge`, or `PlanFileInvalid`: not YAML or JSON, or no mapping.
 */
export const readPlanFile = async (path: string): Promise<Readonly<Record<string, unknown>>> => {
  const text = await readSmallFile(path);
  const documents = parseAllDocuments(text);
  const [document = parseDocument(''), another] = 'empty' in documents ? [] : documents;
  if (another !== undefined) throw invalid(path, 'holds more than one plan: keep each in a file of its own');
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
    // Without waiting: a pipe without a writer would never open, and Ctrl-C could not end that.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
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

/** Only here the library refuses a document whose aliases multiply beyond reason. */
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
