import {
  ActivityCancellationType,
  ActivityFailure,
  type ActivityOptions,
  ApplicationFailure,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { StepTerms } from '../../activities/as-temporal-activity.js';
import type { RegisteredActivities } from '../../activities/index.js';
import type { StepRole } from '../../domain/plan/patience.js';
import {
  describeTooLarge,
  jsonBytes,
  largestPayloadBytes,
  payloadTooLarge,
} from '../../domain/contract/payload-size.js';
import type { CutoverPlan } from '../../domain/plan/plan.js';
import { assertNotReset } from './refuse-reset.js';
import { reserveOn, type RunQueues } from '../../domain/contract/queues.js';

/**
 * The drill's steps: one typed function an activity, each with its time limits and the line the UI shows. Every step waits
 * for a cancelled activity to have ended (the SDK's own default does not): nothing may still work on a server while the
 * clean-up begins. All that take longer than a moment beat, so a worker that died is noticed within the heartbeat's limit.
 *
 * Attempts are not counted. A step says itself when it gives up: at once after a *no*, and after an *away* when its patience
 * is over; a worker that was lost or restarted is neither.
 */
const common = {
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  heartbeatTimeout: '15 seconds',
  retry: { initialInterval: '500 ms', maximumInterval: '10 seconds' },
} satisfies ActivityOptions;

/** A few requests to servers that answer at once. The requests have their own limits, which sum up to less than this one. */
const quick = { ...common, startToCloseTimeout: '2 minutes' } satisfies ActivityOptions;

/** Starts or ends processes, which may have to be installed first. */
const building = { ...common, startToCloseTimeout: '20 minutes' } satisfies ActivityOptions;

/** Streams a snapshot of any size, for as long as its bytes move: the step watches them itself. */
const streaming = { ...common, startToCloseTimeout: '7 days' } satisfies ActivityOptions;

/** The destructive step, which Temporal never repeats. A second submission has to wait for the observed outcome. */
const once = { ...streaming, retry: { maximumAttempts: 1 } } satisfies ActivityOptions;

/** Polls a server until an outcome shows or the step's own, shorter deadline passes. */
const watching = { ...common, startToCloseTimeout: '31 days' } satisfies ActivityOptions;

/** Like {@link watching}, for steps that change nothing: the run need not wait for their end once they are no longer needed. */
const looking = { ...watching, cancellationType: ActivityCancellationType.TRY_CANCEL } satisfies ActivityOptions;

/**
 * Runs a program of the administrator's, which has its own limit and is safe to repeat: Temporal repeats it after a lost
 * worker.
 */
const moving = ({ cutover }: { readonly cutover: CutoverPlan }): ActivityOptions => ({
  ...common,
  startToCloseTimeout: cutover.timeoutSeconds * 1000 + 60_000,
});

/** Runs beside the runbook until the run ends it; another worker replaces one that dies. */
const background = {
  ...common,
  startToCloseTimeout: '31 days',
  retry: { initialInterval: '500 ms', maximumInterval: '5 seconds' },
} satisfies ActivityOptions;

type Input<Name extends keyof RegisteredActivities> = Parameters<RegisteredActivities[Name]>[0];
type Result<Name extends keyof RegisteredActivities> = Awaited<ReturnType<RegisteredActivities[Name]>>['result'];

/** The information that the steps and their run exchange. */
export interface StepsContext {
  readonly noteAttempt: (attempt: number) => void;
  /** How long a step of this role may wait now for an absent server, in seconds. */
  readonly patience: (role: StepRole) => number;
  /** Called when a restore is observed, because one may have been submitted. */
  readonly noteRestore: () => void;
}

export const createSteps = ({ noteAttempt, patience, noteRestore }: StepsContext) => {
  let queues: RunQueues | undefined;
  /** Undefined: the workflow's own queue, from which any worker takes tasks. */
  const queueOf = (name: keyof RegisteredActivities): string | undefined => {
    if (name === 'runClient') return queues?.client;
    const { memo, taskQueue } = workflowInfo();
    return name === 'reserveLane' ? reserveOn(memo, taskQueue) : queues?.steps;
  };

  const step =
    <Name extends keyof RegisteredActivities>(
      name: Name,
      given: ActivityOptions | ((input: Input<Name>) => ActivityOptions),
      summarise: (input: Input<Name>) => string,
      roleOf: StepRole | ((input: Input<Name>) => StepRole) = 'runbook',
    ) =>
    async (input: Input<Name>): Promise<Result<Name>> => {
      assertNotReset();
      const options = typeof given === 'function' ? given(input) : given;
      const taskQueue = queueOf(name);
      const at = taskQueue === undefined ? {} : { taskQueue };
      // A task that sends more than the server accepts is retried for ever; a failed step is undone.
      const bytes = jsonBytes(input);
      if (bytes > largestPayloadBytes) {
        const sentence = describeTooLarge(name, bytes, largestPayloadBytes);
        throw ApplicationFailure.nonRetryable(sentence, payloadTooLarge);
      }
      const proxies = proxyActivities<RegisteredActivities>({ ...options, ...at, summary: summarise(input) });
      const activity = proxies[name] as (
        input: Input<Name>,
        terms: StepTerms,
      ) => Promise<{ attempt: number; result: Result<Name> }>;
      if (name === 'observeRestore') noteRestore();
      const role = typeof roleOf === 'function' ? roleOf(input) : roleOf;
      try {
        const { attempt, result } = await activity(input, { patienceSeconds: patience(role) });
        noteAttempt(attempt);
        return result;
      } catch (error) {
        noteAttempt(attemptOf(error, options));
        throw error;
      }
    };

  const reserve = step('reserveLane', quick, ({ lane }) => `Reserve lane ${lane} for this drill`);
  return {
    resolvePlan: step('resolvePlan', quick, () => 'Check the plan and fill in its defaults'),
    /** After this, every step goes to workers that have the lane's state folder. */
    reserveLane: async (input: Input<'reserveLane'>): Promise<Result<'reserveLane'>> => {
      const reserved = await reserve(input);
      // A drill that an older version began got no queue: any worker goes on with it, as before.
      queues = (reserved as Partial<Result<'reserveLane'>> | undefined)?.queues;
      return reserved;
    },
    releaseLane: step('releaseLane', quick, ({ lane }) => `Give lane ${lane} back`, 'tidying'),
    provisionPart: step('provisionPart', building, ({ lane, part }) => `Lane ${lane}: ${part}`),
    provisionLane: step(
      'provisionLane',
      building,
      ({ lane }) => `Bring up lane ${lane}: infra, source, target, edges, S3`,
    ),
    checkRequirements: step('checkRequirements', quick, () => "Check the baseline's requirements on both sides"),
    checkIsolation: step('checkIsolation', quick, () => 'Try from inside the target which addresses it reaches'),
    checkCutover: step('checkCutover', quick, () => 'Check what moving the clients needs'),
    saveLogs: step('saveLogs', quick, () => "Keep the output of the lane's servers", 'aside'),
    readLastError: step(
      'readLastError',
      quick,
      ({ site }) => `Read the last error in the ${site}'s server log`,
      'aside',
    ),
    checkOperators: step('checkOperators', watching, () => 'Check both operators, and what this identity may do'),
    seedPair: step('seedPair', quick, () => 'Seed marker and credentials on both sides, prove that they differ'),
    takeSnapshot: step(
      'takeSnapshot',
      streaming,
      ({ destination }) => `Stream a snapshot into s3://${destination.name}`,
    ),
    backUpByOperator: step(
      'backUpByOperator',
      streaming,
      ({ source, destination }) => `Back ${source.clusterName} up through its operator into s3://${destination.name}`,
    ),
    settleOperatorBackup: step('settleOperatorBackup', watching, () => 'See that the operator shows its backup'),
    runClient: step('runClient', background, () => "Run the canary: read and write through the clients' name"),
    awaitServed: step(
      'awaitServed',
      looking,
      ({ by }) => `Check that ${by === undefined ? 'a side' : `the ${by}`} serves the canary`,
    ),
    inspectArchive: step(
      'inspectArchive',
      streaming,
      ({ snapshot }) => `Read ${snapshot.key} back, and a damaged copy`,
    ),
    proveSeal: step(
      'proveSeal',
      streaming,
      () => "Prove that the target's seal key opens the snapshot, and another does not",
    ),
    loseSource: step('loseSource', building, () => 'Lose the source: end its process, let its edge refuse'),
    recoverSource: step('recoverSource', building, () => 'Bring the source back', 'tidying'),
    checkTargetStorage: step('checkTargetStorage', quick, () => "Check the target's way to the bucket again"),
    submitRestore: step(
      'submitRestore',
      once,
      ({ snapshot }) => `Submit ${snapshot.key} to the target (verifying endpoint)`,
    ),
    restoreByOperator: step(
      'restoreByOperator',
      streaming,
      ({ snapshot, attempt }) => `Restore ${snapshot.key} through the operator, attempt ${attempt}`,
    ),
    repairTrust: step('repairTrust', quick, () => "Let the target's logins trust the target's own cluster again"),
    acknowledgeRestore: step('acknowledgeRestore', watching, ({ name }) => `Ask the operator to go on after ${name}`),
    observeRestore: step('observeRestore', watching, () => 'Observe the outcome of the restore'),
    observeSeal: step('observeSeal', watching, () => 'Observe whether the target is unsealed'),
    waitForTransit: step('waitForTransit', watching, () => 'Wait until the seal key can be used again'),
    restartSite: step('restartSite', building, ({ site }) => `Restart the ${site}'s server`),
    verifyTarget: step('verifyTarget', quick, () => 'Verify identity, credentials and data of the restored target'),
    compareStores: step(
      'compareStores',
      streaming,
      () => 'Compare every key and value of the target with the snapshot',
    ),
    readCanary: step('readCanary', quick, ({ at }) => `Read the newest canary on the ${at}`),
    measureRecovery: step('measureRecovery', quick, () => 'Measure the loss (RPO)', 'aside'),
    measureMove: step(
      'measureMove',
      quick,
      ({ to }) => `Measure the canary's experience of the move to the ${to}`,
      'aside',
    ),
    measureClients: step('measureClients', quick, () => 'Measure how long the clients were without service', 'aside'),
    digestEvidence: step('digestEvidence', quick, ({ checks }) => `Digest the evidence of ${checks.length} checks`),
    fenceSite: step('fenceSite', building, ({ site }) => `Fence the ${site}, and prove that it refuses`),
    liftFence: step('liftFence', building, ({ site }) => `Lift the ${site}'s fence`),
    switchClients: step('switchClients', moving, ({ to, cutover }) => `Move the clients to the ${to} (${cutover.way})`),
    awaitClients: step('awaitClients', looking, ({ to }) => `See as a client that the ${to} answers`),
    confirmClients: step('confirmClients', quick, ({ at }) => `Confirm as a client that the ${at} answers`),
    teardownLane: step(
      'teardownLane',
      building,
      ({ lane, part }) =>
        part === 'pair' ? `Take the pair of lane ${lane} down` : `Take the rest of lane ${lane} down`,
      'tidying',
    ),
    tagSnapshot: step('tagSnapshot', quick, ({ result }) => `Tag the snapshot: ${result}`, 'aside'),
    writeReport: step(
      'writeReport',
      quick,
      ({ report, evidence }) =>
        evidence === undefined ? `Write the report: ${report.result}` : `Sign and write the report: ${report.result}`,
      ({ report }) => (report.result === 'passed' ? 'signing of a pass' : 'signing'),
    ),
  };
};

export type Steps = ReturnType<typeof createSteps>;

/**
 * The activity reports which attempt failed; for an attempt that could not report, such as a lost worker's, the policy does.
 */
const attemptOf = (error: unknown, { retry }: ActivityOptions): number => {
  if (!(error instanceof ActivityFailure)) return 1;
  if (error.retryState === 'MAXIMUM_ATTEMPTS_REACHED') return retry?.maximumAttempts ?? 1;
  const { cause } = error;
  const [facts] = cause instanceof ApplicationFailure ? (cause.details ?? []) : [];
  const attempt = (facts as { attempt?: unknown } | undefined)?.attempt;
  return typeof attempt === 'number' ? attempt : 1;
};
