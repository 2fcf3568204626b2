/**
 * The shape of `report.json`, version 2: the one place that validates it, and the source of its published JSON Schema. Kept
 * apart from {@link DrillReport}, which workflow code needs and which must not load a validation library.
 *
 * Members that are not named here are allowed, so that later versions can add some. `evidence` is strict: it is the one member
 * that no signature covers, so nothing may hide in it.
 */
import { z } from 'zod';
import { checkNames } from '../run/checks.js';
import { phaseNames } from '../run/phases.js';
import { cutoverWays, resolvedPlan } from '../plan/resolved-plan.js';
import type { DrillReport } from './report.js';
import { warningNames } from '../run/warnings.js';

const time = z.iso.datetime({ offset: true });
const count = z.number().int().nonnegative();
const seconds = z.number().nonnegative();
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const side = z.enum(['source', 'target']);

const phase = z.object({
  name: z.enum(phaseNames),
  startedAt: time,
  endedAt: time.exactOptional(),
  outcome: z.enum(['passed', 'failed', 'cancelled', 'rejected', 'expired']).exactOptional(),
  attempts: z.number().int().positive(),
  humanWaitSeconds: seconds.exactOptional(),
});

const check = z.object({
  name: z.enum(checkNames),
  outcome: z.enum(['passed', 'failed', 'skipped']),
  expected: z.string(),
  observed: z.string(),
  reason: z.string().exactOptional(),
});

const decision = z.object({
  decision: z.enum(['approve', 'reject']),
  approver: z.string(),
  evidenceSha256: digest.exactOptional(),
  comment: z.string().exactOptional(),
  at: time,
  via: z.enum(['signal', 'update']),
});

const snapshot = z.object({
  key: z.string(),
  sizeBytes: count,
  sha256: digest,
  takenAt: time,
  index: count,
  versionId: z.string().exactOptional(),
  takenFrom: z.enum(['active', 'standby']).exactOptional(),
});

const inspection = z.object({
  index: count,
  term: count,
  peers: z.array(
    z.object({ id: z.string(), address: z.string(), suffrage: z.enum(['voter', 'nonvoter', 'staging', 'unknown']) }),
  ),
  openbaoVersions: z.array(z.string()),
  seal: z.object({ type: z.string().exactOptional(), keyVersion: z.string().exactOptional() }),
  entries: count,
  stateBytes: count,
  groups: z.array(z.object({ name: z.string(), entries: count, sizeBytes: count })),
  otherGroups: z
    .object({
      groups: count,
      entries: count,
      sizeBytes: count,
      listedIn: z.object({ name: z.string(), sizeBytes: count, sha256: z.string() }).exactOptional(),
    })
    .exactOptional(),
  leases: z.object({
    total: count,
    login: count,
    dynamic: count,
    paths: z.array(z.object({ path: z.string(), count })),
  }),
  ownSeals: z.object({ namespaces: count, ids: z.array(z.string()) }).exactOptional(),
  plugins: z.object({ total: count, names: z.array(z.string()) }).exactOptional(),
});

const operatorRestore = z.object({
  outcome: z.enum(['completed', 'failed', 'held']),
  message: z.string(),
  startedAt: z.string(),
  endedAt: z.string(),
  name: z.string(),
  uid: z.string(),
  forced: z.boolean(),
  forcedBecause: z.string().exactOptional(),
  bound: z.array(z.string()),
});

const equality = z.object({
  equal: z.boolean(),
  entries: z.object({ source: count, target: count }),
  groups: z.array(
    z.object({ name: z.string(), entries: count, sha256: digest, changed: count, missing: count, added: count }),
  ),
  core: z.array(z.object({ key: z.string(), difference: z.enum(['changed', 'missing', 'added']) })).exactOptional(),
  explained: z.array(z.object({ pattern: z.string(), reason: z.string(), count })),
});

const write = z.object({ sequence: count, at: time });

const rpo = z.object({
  seconds,
  lostWrites: count,
  lastAcknowledged: write,
  lastRecovered: write,
  whileDeciding: z.object({ seconds, estimatedWrites: count }).exactOptional(),
});

const atStake = z.object({
  lastRecovered: write,
  lastAcknowledged: write,
  seconds,
  lostWrites: count,
  growing: z.boolean(),
  objective: z.object({ rpoSeconds: z.number().positive(), countDeciding: z.boolean() }).exactOptional(),
});

const rto = z.object({
  totalSeconds: seconds,
  machineSeconds: seconds,
  humanWaitSeconds: seconds,
  ifApprovedAtOnceSeconds: seconds,
  from: z.enum(['loss', 'fence']),
  startedAt: time,
  servedAt: time,
});

const spans = z.array(
  z.object({ servedBy: z.enum(['source', 'target', 'nobody']), from: time, to: time, operations: count }),
);

const clientsMoved = z.object({
  to: side,
  way: z.enum(cutoverWays),
  fencedAt: time.exactOptional(),
  outageMs: z.number().nonnegative(),
  operations: count,
  failedOperations: count,
  staleReads: count,
  writesAfterFence: count,
  spans,
});

const clientsAccount = z.object({
  touchedAt: time,
  operations: count,
  failedOperations: count,
  unservedMs: z.number().nonnegative(),
  outages: z.array(
    z.object({
      from: time,
      to: time.exactOptional(),
      failedOperations: count,
      lastServedBy: side.exactOptional(),
      servedBy: side.exactOptional(),
    }),
  ),
  spans,
});

const evidence = z.strictObject({
  sha256: digest,
  signature: z.string().regex(/^[A-Za-z0-9+/]{85}[AQgw]==$/),
  publicKey: z.string(),
  algorithm: z.literal('ed25519'),
  keyName: z.string(),
  keyVersion: z.number().int().positive(),
});

export const reportSchema = z.object({
  schemaVersion: z.literal(2),
  result: z.enum(['passed', 'failed', 'rejected', 'expired', 'cancelled']),
  reason: z.string(),
  drillId: z.string(),
  workflowId: z.string(),
  runId: z.string(),
  lane: z.string(),
  plan: resolvedPlan,
  startedAt: time,
  endedAt: time,
  versions: z.object({
    openbaoDr: z.string(),
    openbao: z.object({ source: z.string().exactOptional(), target: z.string().exactOptional() }),
  }),
  phases: z.array(phase),
  checks: z.array(check),
  warnings: z.array(z.object({ name: z.enum(warningNames), sentence: z.string() })).exactOptional(),
  approvals: z.array(decision),
  ignoredMessages: z.array(z.object({ message: z.string(), why: z.string(), at: time })),
  moreIgnoredMessages: count.exactOptional(),
  snapshot: snapshot.exactOptional(),
  inspection: inspection.exactOptional(),
  equality: equality.exactOptional(),
  operatorRestore: operatorRestore.exactOptional(),
  decidedOn: z.object({ sha256: digest, atStake: atStake.exactOptional() }).exactOptional(),
  rpo: rpo.exactOptional(),
  rto: rto.exactOptional(),
  humanWaits: z.array(z.object({ from: time, to: time, kind: z.enum(['approval', 'cutover']) })).exactOptional(),
  handMoves: z
    .array(z.object({ to: side, by: z.string(), comment: z.string().exactOptional(), at: time }))
    .exactOptional(),
  cutover: clientsMoved.exactOptional(),
  revert: clientsMoved.exactOptional(),
  clients: clientsAccount.exactOptional(),
  evidence: evidence.exactOptional(),
  timing: z.object({
    totalSeconds: seconds,
    humanWaitSeconds: seconds,
    machineSeconds: seconds,
    restoreToVerifiedSeconds: seconds.exactOptional(),
  }),
  cleanup: z.object({ outcome: z.enum(['succeeded', 'failed', 'kept']), failures: z.array(z.string()) }),
  leftOut: z.array(z.object({ what: z.string(), why: z.string() })),
});

/** Lists the problems of a value that is no report, by member; empty if it is one. Quotes nothing of the value. */
export const findReportProblems = (value: unknown): readonly string[] => {
  const parsed = reportSchema.safeParse(value);
  if (parsed.success) return [];
  return parsed.error.issues.map(
    ({ path, message }) => `${path.length === 0 ? 'the report' : path.join('.')}: ${message}`,
  );
};

/** The JSON Schema (draft 2020-12) that the package publishes as `schemas/drill-report-2.schema.json`. */
export const reportJsonSchema = (): Readonly<Record<string, unknown>> => {
  const { $schema, ...schema } = z.toJSONSchema(reportSchema, {
    io: 'input',
    // The format says the same; the pattern has 300 characters, in each of twenty places.
    override: ({ jsonSchema }) => {
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
    },
  });
  return {
    $schema,
    $id: 'urn:openbao-dr:schema:drill-report-2',
    title: 'Report of an openbao-dr drill, version 2',
    ...schema,
  };
};

type Plain<T> = T extends readonly (infer Item)[]
  ? Plain<Item>[]
  : T extends object
    ? { -readonly [Name in keyof T]: Plain<T[Name]> }
    : T;
/** Makes optional members required: two types that differ only in an optional member are assignable both ways. */
type Complete<T> = T extends readonly (infer Item)[]
  ? Complete<Item>[]
  : T extends object
    ? { -readonly [Name in keyof T]-?: Complete<T[Name]> }
    : T;
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;
type Read = z.infer<typeof reportSchema>;

/** Fails to compile if the schema and {@link DrillReport} differ. */
export const assertSchemaMatchesType: readonly [
  assignable: Same<Plain<Read>, Plain<DrillReport>>,
  complete: Same<Complete<Read>, Complete<DrillReport>>,
] = [true, true];
