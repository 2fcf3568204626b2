import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';
import { letIn } from './inbox.js';
import { readMessage } from './payload-converter.js';

/** Holds back the signals that do not count; the worker's bundle names this module. */
export const interceptors: WorkflowInterceptorsFactory = () => ({
  internals: [
    {
      activate(input, next) {
        const letInNow = new Set<string>();
        const jobs = (input.activation.jobs ?? []).filter(({ signalWorkflow }) => {
          if (signalWorkflow === undefined || signalWorkflow === null) return true;
          const name = signalWorkflow.signalName ?? '';
          const [payload] = signalWorkflow.input ?? [];
          const isIn = letIn(name, payload === undefined ? undefined : readMessage(payload), letInNow);
          if (isIn) letInNow.add(name);
          return isIn;
        });
        next({ ...input, activation: { ...input.activation, jobs } });
      },
    },
  ],
});
