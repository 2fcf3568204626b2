/** Formats the worker's log in one line each: an expected failure needs no stack. */
import { ApplicationFailure } from '@temporalio/common';
import type { LogLevel, LogMetadata } from '@temporalio/worker';

export interface Logged {
  readonly level: LogLevel;
  readonly message: string;
  readonly meta?: LogMetadata | undefined;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** The SDK's warning about workers that only run steps, which is intended. */
const meantSo = 'No workflows registered';

/** @returns undefined for an entry that the program has logged in its own words, or that is no news. */
export const logLine = ({ level, message, meta = {}, at }: Logged): string | undefined => {
  const { error, stack } = meta as { readonly error?: unknown; readonly stack?: unknown };
  const expected = error instanceof ApplicationFailure && error.type !== 'Unforeseen' ? error : undefined;
  // The step has logged it itself.
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

/** Other facts are in the message, are the same in every line, or are for `--debug`. */
const shown = ['workflowId', 'runId', 'failure', 'code', 'command'];

const factsOf = (meta: LogMetadata): string => {
  const facts = shown.flatMap((name) => {
    const value: unknown = meta[name];
    return typeof value === 'string' ? [`${name}=${value.replaceAll(/\s*\n\s*/g, ' ').slice(0, 500)}`] : [];
  });
  return facts.length === 0 ? '' : ` [${facts.join(', ')}]`;
};
