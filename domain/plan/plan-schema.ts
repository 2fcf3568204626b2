import { z } from 'zod';
import { KnownFailure } from '../known-failure.js';
import { adoptableParts, cutoverWays, type DrillPlan, kindOfLane, laneKinds } from './plan.js';
import { baseline } from '../pair/topology.js';

/**
 * Reads a plan as people type it and fills in the defaults. Kept apart from {@link DrillPlan}: workflow code must not
 * load a validation library.
 */

const secondsPer = { s: 1, m: 60, h: 3600, d: 86_400 } as const;
const longestWaitSeconds = 30 * secondsPer.d;

const duration = z
  .string()
  .regex(/^\d{1,7}[smhd]$/, 'is not a duration like "30m", "24h" or "7d"')
  .regex(/^0*[1-9]/, 'must be longer than 0 s')
  .transform((text) => Number(text.slice(0, -1)) * secondsPer[text.slice(-1) as keyof typeof secondsPer])
  .refine((seconds) => seconds <= longestWaitSeconds, 'is longer than 30d');

const patience = z
  .strictObject({
    firstCheck: duration.optional(),
    before: duration.default(10 * secondsPer.m),
    afterRestore: duration.default(secondsPer.d),
  })
  .prefault({})
  .transform(({ firstCheck, before, afterRestore }) => ({
    firstCheckSeconds: firstCheck ?? before,
    beforeSeconds: before,
    afterRestoreSeconds: afterRestore,
  }));

const port = z
  .number('is not a port: a whole number from 1024 to 65535')
  .int('is not a port: a whole number from 1024 to 65535')
  .min(1024, 'is not a port: a whole number from 1024 to 65535')
  .max(65_535, 'is not a port: a whole number from 1024 to 65535');

const ports = z
  .strictObject({ infra: port, source: port, target: port, clients: port, storage: port })
  .partial()
  .refine((given) => new Set(Object.values(given)).size === Object.values(given).length, 'names one port twice');

const objective = z
  .number()
  .positive('is not a positive number of seconds')
  .max(longestWaitSeconds, 'is longer than 30d');

export const laneNameSchema = z
  .string()
  .max(40, 'is longer than 40 characters')
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'is not a lane name: lower-case letters, digits and single dashes')
  .refine(
    (name) => kindOfLane(name) !== undefined,
    `does not start with a kind of lane this version has (${laneKinds.join(', ')}): try "${laneKinds[0]}" or "${laneKinds[0]}-blue"`,
  );

const sealKey = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'is not a Transit key name: lower-case letters, digits and dashes')
  .default(baseline.sealKey);

const version = z.string().regex(/^\d+\.\d+\.\d+(-[0-9a-z.-]+)?$/, 'is not a version like "2.7.2"');
const image = z.string().regex(/^[a-z0-9][a-z0-9._/:@-]{0,254}$/i, 'is not the name of an image');

const person = z.string().trim().min(1, 'is empty').max(200, 'is longer than 200 characters');

const namespacePath = z
  .string()
  .regex(/^[^\s/]+(\/[^\s/]+)*\/?$/, 'is not the path of a namespace, like "tenant-a" or "tenant-a/team"')
  .max(500, 'is longer than 500 characters')
  .transform((path) => path.replace(/\/$/, ''));

const localOptions = z.strictObject({
  ports: ports.prefault({}),
  targetSealKey: sealKey,
});

const composeOptions = localOptions;

const k3dOptions = z
  .strictObject({
    adopt: z.array(z.enum(adoptableParts)).max(adoptableParts.length).default([]),
    targetSealKey: sealKey,
    openbaoVersion: version.default('2.7.2'),
    operatorVersion: version.default('0.5.1'),
    images: z.strictObject({ jobs: image, init: image, traefik: image, openbao: image }).partial().prefault({}),
    storage: z.enum(['container', 'process']).default('container'),
    hostAddress: z.ipv4('is not an IPv4 address').optional(),
    transitAddress: z
      .string()
      .regex(/^https:\/\/[a-z0-9.-]+(:\d{1,5})?$/, 'is not an address like "https://host.k3d.internal"')
      .default('https://host.k3d.internal'),
    breakGlass: z
      .strictObject({ reason: z.string().trim().min(1, 'is empty').max(500, 'is longer than 500 characters') })
      .optional(),
  })
  .refine(({ adopt, hostAddress }) => !adopt.includes('clusters') || hostAddress !== undefined, {
    path: ['hostAddress'],
    message: 'is missing: with clusters that exist already, nobody but you knows how their pods reach this machine',
  });

export const planSchema = z
  .strictObject({
    lane: laneNameSchema,
    approval: z
      .strictObject({ timeout: duration.default(24 * secondsPer.h), approvers: z.array(person).max(50).default([]) })
      .prefault({})
      .transform(({ timeout, approvers }) => ({ timeoutSeconds: timeout, approvers })),
    disaster: z.enum(['none', 'source-loss']).default('none'),
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
        way: z.enum(cutoverWays).default('edge'),
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
        timeoutSeconds: timeout ?? (cutover.way === 'manual' ? 4 * secondsPer.h : secondsPer.m),
      })),
    verify: z.strictObject({ sealedNamespaces: z.array(namespacePath).min(1, 'is empty').max(100) }).optional(),
    patience,
    revert: z.boolean().default(true),
    teardown: z.enum(['created', 'always', 'never']).optional(),
    local: localOptions.optional(),
    k3d: k3dOptions.optional(),
    compose: composeOptions.optional(),
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
    ...(kindOfLane(plan.lane) === 'local' && { local: local ?? localOptions.parse({}) }),
    ...(kindOfLane(plan.lane) === 'k3d' && { k3d: k3d ?? k3dOptions.parse({}) }),
    ...(kindOfLane(plan.lane) === 'compose' && { compose: compose ?? composeOptions.parse({}) }),
    teardown: teardown ?? (plan.revert ? ('created' as const) : ('never' as const)),
  }));

/** A plan as typed: only `lane` is required. */
export type DrillPlanInput = z.input<typeof planSchema>;

/**
 * @throws KnownFailure `InvalidPlan` naming every field that is wrong, and what it should be.
 */
export const parsePlan = (input: unknown): DrillPlan => {
  // Without the input, a field of the wrong type could not be told from one that is missing.
  const parsed = planSchema.safeParse(input, { reportInput: true });
  if (parsed.success) return parsed.data;
  throw new KnownFailure(
    'InvalidPlan',
    `The drill's plan is not valid: ${parsed.error.issues.map(describe).join('; ')}`,
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

/** How people write a value of a type, in YAML. */
const forms: Readonly<Record<string, string>> = {
  boolean: 'true or false',
  array: 'a list, like [ann]',
  string: 'text',
  number: 'a number',
  object: 'a mapping of fields to values',
};

const describe = (issue: z.core.$ZodIssue): string => {
  const field = issue.path.length === 0 ? 'the plan' : `"${issue.path.join('.')}"`;
  if (issue.code === 'unrecognized_keys') {
    return `${field} has no field ${issue.keys.map((key) => `"${key}"`).join(', ')}`;
  }
  if (issue.code === 'invalid_type' && issue.input === undefined) return `${field} is missing`;
  if (issue.code === 'invalid_type' && !issue.message.startsWith('is '))
    return `${field} must be ${forms[issue.expected] ?? `of type ${issue.expected}`}`;
  if (issue.code === 'invalid_value') return `${field} must be one of ${issue.values.map(String).join(', ')}`;
  return `${field} ${issue.message}`;
};
