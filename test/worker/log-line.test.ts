import { ApplicationFailure } from '@temporalio/common';
import { expect, it } from 'vitest';
import { logLine } from '../../worker/log-line.js';

const at = Date.UTC(2026, 10, 28, 9);
const run = { workflowId: 'dr-drill/local', runId: 'r1', namespace: 'default', taskQueue: 'openbao-dr' };

it('is one line for a step that failed as expected, and none more for the same', () => {
  const message = 'The step reserveLane failed: Lane local is in use by drill d1.';
  expect(logLine({ level: 'WARN', message, meta: { ...run, type: 'LaneBusy', attempt: 1 }, at })).toBe(
    `2026-11-28T09:00:00.000Z WARN ${message} [workflowId=dr-drill/local, runId=r1]`,
  );
  const error = ApplicationFailure.nonRetryable('Lane local is in use by drill d1.', 'LaneBusy');
  expect(logLine({ level: 'WARN', message: 'Activity failed', meta: { ...run, error }, at })).toBeUndefined();
});

it('is nothing for a worker that runs steps alone', () => {
  const message = 'No workflows registered, not polling for workflow tasks';
  expect(logLine({ level: 'WARN', message, at })).toBeUndefined();
});

it('is one line for a drill that ended as expected', () => {
  const error = ApplicationFailure.nonRetryable('Preflight: same-seal:\nexpected one key', 'DrillFailed');
  expect(logLine({ level: 'WARN', message: 'Workflow failed', meta: { ...run, error }, at })).toBe(
    '2026-11-28T09:00:00.000Z WARN The drill ended: DrillFailed: Preflight: same-seal: expected one key [workflowId=dr-drill/local, runId=r1]',
  );
});

it('has the stack of everything else', () => {
  const error = new TypeError('x is undefined');
  expect(logLine({ level: 'ERROR', message: 'Workflow failed', meta: { error }, at })).toBe(
    `2026-11-28T09:00:00.000Z ERROR Workflow failed\n${error.stack}`,
  );
  expect(logLine({ level: 'ERROR', message: 'an activity failed', meta: { stack: '    at here' }, at })).toBe(
    '2026-11-28T09:00:00.000Z ERROR an activity failed\n    at here',
  );
});
