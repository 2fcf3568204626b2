/** Sends the Temporal SDK's own log to standard error, and leaves Ctrl-C to the command line. */
import { IllegalStateError } from '@temporalio/common';
import { DefaultLogger, type LogEntry, type LogLevel, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { logLine } from './log-line.js';

export interface RuntimeSettings {
  /** The log level of the worker, activities and workflows. Default: `WARN`. */
  readonly logLevel?: LogLevel;
}

/**
 * Sets the process's Temporal runtime up; to be called before the first worker or native connection. Does nothing if that
 * is over already: the SDK has one runtime a process.
 */
export const installRuntime = ({ logLevel = 'WARN' }: RuntimeSettings = {}): void => {
  const coreLevel = logLevel === 'ERROR' ? 'ERROR' : 'WARN';
  try {
    Runtime.install({
      // The full log, for debugging.
      logger: logLevel === 'DEBUG' ? new DefaultLogger(logLevel) : new DefaultLogger(logLevel, writeLogLine),
      // One Ctrl-C has to end the worker and then the server, in this order: the command line sees to both.
      shutdownSignals: [],
      telemetryOptions: {
        // A workflow task that fails, for a worker that cannot replay a run say, is a warning of the SDK's core.
        logging: {
          filter: makeTelemetryFilterString({ core: coreLevel, other: 'ERROR' }),
          forward: { level: coreLevel },
        },
      },
    });
  } catch (error) {
    if (!(error instanceof IllegalStateError)) throw error;
  }
};

const writeLogLine = ({ level, message, meta, timestampNanos }: LogEntry): void => {
  const line = logLine({ level, message, meta, at: Number(timestampNanos / 1_000_000n) });
  if (line !== undefined) process.stderr.write(`${line}\n`);
};
