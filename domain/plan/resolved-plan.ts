/**
 * The schema of a plan with every default filled in: the workflow works from such a plan, and the report repeats it. Members that
 * are not named here are allowed, because a report may come from a later version.
 */
import { z } from 'zod';
import { sectionsWith } from './kinds/kinds.js';
import { planFields } from './plan-fields.js';
import { resolvedForm } from './resolved-form.js';

/** The ways to move the clients' name. */
export const cutoverWays = ['edge', 'command', 'manual'] as const;

const seconds = z.number().nonnegative();
const objective = z.number().positive().optional();
const { local, k3d, compose } = sectionsWith(planFields);

export const resolvedPlan = z.object({
  lane: z.string(),
  approval: z.object({
    /** How long the drill waits for a person. After that the drill has expired, which is never an approval. */
    timeoutSeconds: seconds,
    /** The people who may decide. Empty: everyone who can reach the workflow. */
    approvers: z.array(z.string()),
  }),
  /**
   * The fate of the source before the restore. `source-loss`: it is really stopped, and its edge refuses. `none`: it stays up
   * until it is fenced at the cutover.
   */
  disaster: z.enum(['none', 'source-loss']),
  /** The drill is measured against these; missing one fails it. */
  objectives: z.object({
    /** The oldest acknowledged write that may be lost, in seconds before the loss. */
    rpoSeconds: objective,
    /** The writes that clients make while people decide on the cutover count as lost, too. Default: they do not. */
    countDeciding: z.boolean().optional(),
    /** From the loss, or the fence, to the first client operation that the target served. */
    rtoSeconds: objective,
  }),
  cutover: z.object({
    way: z.enum(cutoverWays),
    /** With `command`: the name of a program in the folder that the worker's administrator named. */
    command: z.string().optional(),
    /** How long the command may run, or a person may take. */
    timeoutSeconds: seconds,
  }),
  /** The parts that the restored target may lack. Absent: none. */
  verify: z
    .object({
      /** Paths of namespaces with their own seal that may stay sealed, without a slash at the end. */
      sealedNamespaces: z.array(z.string()),
    })
    .optional(),
  /** How long a step waits for an absent server. Missing in plans that an earlier version resolved. */
  patience: z
    .object({
      /** In preflight, while a person may be watching. */
      firstCheckSeconds: seconds,
      /** Until a restore may have been submitted. */
      beforeSeconds: seconds,
      /** After that: the only way on is to finish the restore. */
      afterRestoreSeconds: seconds,
    })
    .optional(),
  /** Give the clients back to the source after they were confirmed on the target: a drill. False: a failover. */
  revert: z.boolean(),
  /** When the drill takes the lane down: only if this drill created it, always, or never. */
  teardown: z.enum(['created', 'always', 'never']),
  local: resolvedForm(local).optional(),
  k3d: resolvedForm(k3d).optional(),
  compose: resolvedForm(compose).optional(),
});
