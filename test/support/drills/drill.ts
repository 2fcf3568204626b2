/** Runs one drill with stub activities on a real Temporal server, the way the command line and people do it. */
import { randomUUID } from 'node:crypto';
import { activityInfo } from '@temporalio/activity';
import { type WorkflowHandle, WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll } from 'vitest';
import type { DrillActivities } from '../../../activities/index.js';
import { type ApproveMessage, drillWorkflowType, messages } from '../../../domain/contract/contract.js';
import type { DrillReport, DrillStatus } from '../../../domain/report/report.js';
import { waitUntil } from '../../../systems/waiting/wait-until.js';
import { createStubActivities, type StepName, type StubActivities } from './stub-activities.js';
import { runDrillWorker, startTestTemporal, type TestTemporal } from '../servers/temporal.js';

export interface DrillUnderTest {
  readonly handle: WorkflowHandle;
  status(): Promise<DrillStatus>;
  /** Resolves once the status is as wanted. */
  when(what: string, wanted: (status: DrillStatus) => boolean): Promise<DrillStatus>;
  /** Resolves once the step was called. */
  reaches(step: StepName): Promise<void>;
  waitsForApproval(): Promise<DrillStatus>;
  approve(message?: ApproveMessage): Promise<void>;
  /** The report, in whichever way the workflow ended with it. */
  report(): Promise<DrillReport>;
  /** The failure the workflow ended with. */
  failure(): Promise<WorkflowFailedError>;
  /** `COMPLETED`, `FAILED`, `CANCELLED` … */
  endedAs(): Promise<string>;
}

export interface DrillSetUp {
  /** Members beside `lane: 'local'`, or in its place. */
  readonly plan?: object;
  /** All arguments of the workflow, for what is no plan. */
  readonly input?: readonly unknown[];
  /** Default: everything works. */
  readonly stubs?: StubActivities;
}

/** Starts a drill, lets the test talk to it, and ends it if it has not ended. */
export type WithDrill = (setUp: DrillSetUp, talk: (drill: DrillUnderTest) => Promise<void>) => Promise<void>;

export interface DrillRunner {
  /** From the first test on. */
  readonly temporal: TestTemporal;
  readonly withDrill: WithDrill;
}

interface StartedRunner extends DrillRunner {
  stop(): Promise<void>;
}

/** One server and one worker for all drills of the test file that calls this at its top, each drill with its own stubs. */
export const runDrills = (): DrillRunner => {
  let started: StartedRunner | undefined;
  beforeAll(async () => {
    started = await startRunner();
  });
  afterAll(() => started?.stop());
  return {
    get temporal() {
      return started!.temporal;
    },
    withDrill: (setUp, talk) => started!.withDrill(setUp, talk),
  };
};

const startRunner = async (): Promise<StartedRunner> => {
  const temporal = await startTestTemporal();
  const stubsOf = new Map<string, StubActivities>();
  const worker = await runDrillWorker(temporal, dispatchByWorkflow(stubsOf));
  const { taskQueue } = worker;
  return {
    temporal,
    async withDrill({ plan, input = [{ lane: 'local', ...plan }], stubs = createStubActivities() }, talk) {
      const workflowId = `dr-drill/${randomUUID()}`;
      stubsOf.set(workflowId, stubs);
      const handle = await temporal.client.workflow.start(drillWorkflowType, {
        args: [...input],
        taskQueue,
        workflowId,
      });
      try {
        await talk(driveDrill(handle, stubs));
      } finally {
        await handle.terminate('the test is over').catch(() => undefined);
      }
    },
    async stop() {
      await worker.shutdown();
      await temporal.stop();
    },
  };
};

const dispatchByWorkflow = (stubsOf: ReadonlyMap<string, StubActivities>): DrillActivities => {
  const { activities } = createStubActivities();
  const dispatched = Object.keys(activities).map((step) => [
    step,
    (input: never) => {
      const { workflowExecution } = activityInfo();
      const stubs = stubsOf.get(workflowExecution?.workflowId ?? '')!;
      return stubs.activities[step as keyof DrillActivities](input);
    },
  ]);
  return Object.fromEntries(dispatched) as DrillActivities;
};

const driveDrill = (handle: WorkflowHandle, stubs: StubActivities): DrillUnderTest => {
  const status = (): Promise<DrillStatus> => handle.query<DrillStatus>(messages.status);
  const when: DrillUnderTest['when'] = (what, wanted) =>
    waitUntil(
      async () => {
        const seen = await status();
        return wanted(seen) ? seen : undefined;
      },
      { what, timeoutMs: 30_000 },
    );
  const reaches: DrillUnderTest['reaches'] = async (step) => {
    // Every query of the status is work for server and worker: look at the stubs instead.
    const reached = async () => stubs.steps().includes(step) || undefined;
    await waitUntil(reached, { what: `the step ${step}`, timeoutMs: 30_000, intervalMs: 10 });
  };
  const failure = async (): Promise<WorkflowFailedError> => {
    const error: unknown = await handle.result().then(
      () => new Error('the workflow did not fail'),
      (thrown: unknown) => thrown,
    );
    if (error instanceof WorkflowFailedError) return error;
    throw error;
  };
  return {
    handle,
    status,
    when,
    reaches,
    async waitsForApproval() {
      await reaches('digestEvidence');
      return when('the drill to wait for an approval', ({ waitingFor }) => waitingFor !== undefined);
    },
    approve: (message = { approver: 'ann' }) => handle.signal(messages.approve, message),
    failure,
    async report() {
      try {
        return (await handle.result()) as DrillReport;
      } catch (error) {
        const cause = error instanceof WorkflowFailedError ? error.cause : error;
        if (cause instanceof ApplicationFailure && cause.type === 'DrillFailed')
          return cause.details?.[0] as DrillReport;
        throw cause;
      }
    },
    async endedAs() {
      await handle.result().catch(() => undefined);
      return (await handle.describe()).status.name;
    },
  };
};
