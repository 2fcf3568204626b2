/**
 * Reads a plan as people type it and fills in the defaults. Kept apart from {@link DrillPlan}: workflow code must not
 * load a validation library.
 */
import { z } from 'zod';
import { KnownFailure } from '../known-failure.js';
import { defaultLane, kindOfLane, laneKinds, sectionsWith } from './kinds/kinds.js';
import type { DrillPlan, LaneOptions } from './plan.js';
import { duration, hours, minutes, namespacePath, objective, patience, person, planFields } from './plan-fields.js';
import { describePlanProblem } from './plan-problems.js';
import { resolvedPlan } from './resolved-plan.js';

export const laneNameSchema = z
  .string()
  .max(40, 'is longer than 40 characters')
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'is not a lane name: lower-case letters, digits and single dashes')
  .refine(
    (name) => kindOfLane(name) !== undefined,
    `does not start with a kind of lane this version has (${laneKinds.join(', ')}): try "${defaultLane}" or "${defaultLane}-blue"`,
  );

const { shape } = resolvedPlan;
const sections = sectionsWith(planFields);

/** The section of the lane's kind, with the defaults if the plan has none. */
const sectionOf = (lane: string, given: LaneOptions): LaneOptions => {
  const kind = kindOfLane(lane);
  return kind === undefined ? {} : Object.fromEntries([[kind, given[kind] ?? sections[kind].parse({})]]);
};

const planSchema = z
  .strictObject({
    lane: laneNameSchema,
    approval: z
      .strictObject({ timeout: duration.default(hours(24)), approvers: z.array(person).max(50).default([]) })
      .prefault({})
      .transform(({ timeout, approvers }) => ({ timeoutSeconds: timeout, approvers })),
    disaster: shape.disaster.default('none'),
    objectives: z
      .strictObject({ rpoSeconds: objective, countDeciding: z.boolean(), rtoSeconds: objective })
      .partial()
      .refine(({ rpoSeconds, countDeciding }) => countDeciding === undefined || rpoSeconds !== undefined, {
        path: ['countDeciding'],
        message: 'says how "objectives.rpoSeconds" is judged, which is missing',
      })
      .prefault({}),
    cutover: z
      .strictObject({
        way: shape.cutover.shape.way.default('edge'),
        command: z
          .string()
          .regex(/^[a-z0-9][a-z0-9._-]{0,99}$/i, 'is not the name of a program: no folder, no arguments')
          .optional(),
        timeout: duration.optional(),
      })
      .prefault({})
      .refine(({ way, command }) => (way === 'command') === (command !== undefined), {
        path: ['command'],
        message: 'belongs to "way: command", which needs one',
      })
      .transform(({ timeout, ...cutover }) => ({
        ...cutover,
        timeoutSeconds: timeout ?? (cutover.way === 'manual' ? hours(4) : minutes(1)),
      })),
    verify: z.strictObject({ sealedNamespaces: z.array(namespacePath).min(1, 'is empty').max(100) }).optional(),
    patience,
    revert: shape.revert.default(true),
    teardown: shape.teardown.optional(),
    local: sections.local.optional(),
    k3d: sections.k3d.optional(),
    compose: sections.compose.optional(),
  })
  .refine(({ revert, teardown }) => revert || teardown === undefined || teardown === 'never', {
    path: ['teardown'],
    message: 'must be "never" with "revert: false": it would take away the target that the clients stay on',
  })
  .superRefine(({ lane, ...plan }, context) => {
    for (const kind of laneKinds.filter((other) => plan[other] !== undefined && other !== kindOfLane(lane))) {
      context.addIssue({
        code: 'custom',
        path: [kind],
        message: `is not for lane "${lane}", which is of another kind`,
      });
    }
  })
  .transform(({ teardown, verify, local, k3d, compose, ...plan }) => ({
    ...plan,
    ...(verify && { verify }),
    ...sectionOf(plan.lane, { local, k3d, compose }),
    teardown: teardown ?? (plan.revert ? ('created' as const) : ('never' as const)),
  }));

/**
 * @throws KnownFailure `InvalidPlan` naming every field that is wrong, and what it should be.
 */
export const parsePlan = (input: unknown): DrillPlan => {
  // Without the input, a field of the wrong type could not be told from one that is missing.
  const parsed = planSchema.safeParse(input, { reportInput: true });
  if (parsed.success) return parsed.data;
  throw new KnownFailure(
    'InvalidPlan',
    `The drill's plan is not valid: ${parsed.error.issues.map(describePlanProblem).join('; ')}`,
  );
};

/**
 * @throws KnownFailure `InvalidLaneName`.
 */
export const parseLaneName = (input: unknown): string => {
  const parsed = laneNameSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new KnownFailure(
    'InvalidLaneName',
    `The lane name ${JSON.stringify(input)} ${parsed.error.issues[0]?.message}.`,
  );
};
