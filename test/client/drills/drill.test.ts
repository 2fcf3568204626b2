import { WorkflowFailedError, WorkflowUpdateRPCTimeoutOrCancelledError } from '@temporalio/client';
import { CancelledFailure, RetryState } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { openDrill } from '../../../client/drills/drill.js';
import type { DrillStatus } from '../../../domain/report/report.js';
import { exampleReport } from '../../domain/report/example-report.js';

/** How a server's answers are read when workers are silent, which no server can be told to be on time. */
describe('a drill', () => {
  const open = (answers: { result?: () => unknown; status?: () => unknown; update?: () => unknown }) =>
    openDrill(
      { withDeadline: (_, call) => call(), withAbortSignal: (_, call) => call() },
      {
        workflowId: 'dr-drill/local-blue',
        query: async () => answers.status?.() as never,
        describe: async () => Promise.reject(new Error('not asked')),
        executeUpdate: async () => answers.update?.(),
        signal: async () => undefined,
        cancel: async () => ({}),
        result: async () => answers.result?.(),
      },
      {
        lane: 'local-blue',
        history: { moved: async () => undefined },
        explain: async () => ({ why: 'slow', workers: [] }),
      },
    );
  const cancelled = (...details: unknown[]) => ({
    result: () => {
      throw new WorkflowFailedError(
        'cancelled',
        new CancelledFailure('cancelled', details),
        RetryState.NON_RETRYABLE_FAILURE,
      );
    },
  });
  const silent = (): never => {
    throw new Error('no worker answers');
  };
  const status = (change: Partial<DrillStatus>): DrillStatus => ({
    drillId: 'd1',
    lane: 'local-blue',
    startedAt: '2026-01-02T03:04:05.000Z',
    phase: undefined,
    phases: [],
    checks: [],
    approvals: [],
    ignoredMessages: [],
    waitingFor: undefined,
    snapshot: undefined,
    evidence: undefined,
    report: undefined,
    ...change,
  });

  it('says that a decision nobody answered may still count, and does not ask for another', async () => {
    const drill = open({
      update: () => {
        throw new WorkflowUpdateRPCTimeoutOrCancelledError('too late');
      },
    });
    const failure = drill.decide({ decision: 'approve', approver: 'ann' });
    await expect(failure).rejects.toMatchObject({
      type: 'DecisionUnanswered',
      retryable: false,
      message: expect.stringMatching(/may still count: look with `openbao-dr status local-blue`/) as string,
    });
    await expect(failure).rejects.not.toThrow('again');
  });

  it('has the report of a drill that was cancelled although no worker answers', async () => {
    const report = exampleReport({ result: 'cancelled' });
    expect(await open({ ...cancelled(report), status: silent }).report()).toEqual(report);
  });

  it('asks for the report of a cancelled drill that ended without it', async () => {
    const report = exampleReport({ result: 'cancelled' });
    expect(await open({ ...cancelled(), status: () => status({ report }) }).report()).toEqual(report);
  });

  it('claims nothing of a cancelled drill while nobody answers for it', async () => {
    const failure = open({ ...cancelled(), status: silent }).report();
    await expect(failure).rejects.toMatchObject({
      type: 'DrillCancelled',
      message: expect.stringContaining('no worker answers to tell its report: start one') as string,
    });
    await expect(failure).rejects.not.toThrow('nothing was touched');
  });

  it('says that nothing was touched only of a drill that reached no phase', async () => {
    await expect(open({ ...cancelled(), status: () => status({}) }).report()).rejects.toThrow('nothing was touched');
    const provision = { name: 'provision', startedAt: '2026-01-02T03:04:05.000Z', attempts: 1 } as const;
    const begun = status({ phase: 'provision', phases: [provision] });
    await expect(open({ ...cancelled(), status: () => begun }).report()).rejects.toThrow(
      'cancelled during provision and left no report: give clients back',
    );
  });
});
