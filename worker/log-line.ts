/** One line for what the worker logs: what failed in a way that the program expects needs no stack. */
import { ApplicationFailure } from '@temporalio/common';
import type { LogLevel, LogMetadata } from '@temporalio/worker';

export interface Logged {
  readonly level: LogLevel;
  readonly message: string;
  readonly meta?: LogMetadata | undefined;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Of the workers that only run steps, as they are meant to. */
const meantSo = 'No workflows registered';

/** @returns undefined for what has been logged before in the program's own words, or is no news. */
export const logLine = ({ level, message, meta = {}, at }: Logged): string | undefined => {
  const { error, stack } = meta as { readonly error?: unknown; readonly stack?: unknown };
  const expected = error instanceof ApplicationFailure && error.type !== 'Unforeseen' ? error : undefined;
  // The step has said so itself.
  if (message === 'Activity failed' && error instanceof ApplicationFailure) return undefined;
  if (message.startsWith(meantSo)) return undefined;
  const ended =
    expected !== undefined && message === 'Workflow failed'
      ? `The drill ended: ${expected.type}: ${expected.message}`
      : message;
  const line = `${new Date(at).toISOString()} ${level} ${ended.replaceAll(/\s*\n\s*/g, ' ')}${factsOf(meta)}`;
  const trace = expected === undefined && error instanceof Error ? (error.stack ?? error.message) : stack;
  return typeof trace === 'string' ? `${line}\n${trace}` : line;
};

/** What else is known is in the message, is the same in every line, or is for `--debug`. */
const shown = ['workflowId', 'runId', 'failure', 'code', 'command'];

const factsOf = (meta: LogMetadata): string => {
  const facts = shown.flatMap((name) => {
    const value: unknown = meta[name];
    return typeof value === 'string' ? [`${name}=${value.replaceAll(/\s*\n\s*/g, ' ').slice(0, 500)}`] : [];
  });
  return facts.length === 0 ? '' : ` [${facts.join(', ')}]`;
};
