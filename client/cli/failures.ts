/** Ends a failed command: with one clear sentence on standard error, and an honest exit code. */
import { asSentence, internalFacts } from '../../domain/facts.js';
import { isKnownFailure, type KnownFailure } from '../../domain/known-failure.js';
import { asStorageFailure, errorCode } from '../../systems/files/storage-failure.js';
import type { ExitCode } from './context.js';
import { Interrupted } from './interruption.js';
import { UsageMistake } from './usage.js';

interface FailureDescription {
  readonly exitCode: ExitCode;
  /** Absent if there is nothing to say, as after `--help`. */
  readonly sentence?: string;
}

/** The drill ran and did not pass, although no report was written. */
const endedWithoutReport = ['DrillTerminated', 'DrillCancelled'];

/** `interrupted`: a person pressed Ctrl-C, which caused every later failure. `debug`: with every fact. */
export const describeFailure = (error: unknown, interrupted: boolean, debug = false): FailureDescription => {
  if (error instanceof UsageMistake) {
    return error.exitCode === 0 ? { exitCode: 0 } : { exitCode: 2, sentence: error.message };
  }
  if (error instanceof Interrupted || interrupted) {
    const said = error instanceof Interrupted ? error.message : isKnownFailure(error) ? say(error, debug) : '';
    return { exitCode: 130, ...(said !== '' && { sentence: said }) };
  }
  const known = asKnown(error);
  if (isKnownFailure(known) && endedWithoutReport.includes(known.type)) {
    return { exitCode: 1, sentence: say(known, debug) };
  }
  return { exitCode: 2, sentence: isKnownFailure(known) ? say(known, debug) : describeUnknown(known) };
};

/** A full disk may surface anywhere; the failing file is named if it is known. */
const asKnown = (error: unknown): unknown => {
  const path = error instanceof Error && 'path' in error ? error.path : undefined;
  return typeof path === 'string' ? asStorageFailure(error, path) : error;
};

/** No message, because messages of unknown errors may quote command lines or bodies. `--debug` shows it. */
const describeUnknown = (error: unknown): string => {
  const kind = error instanceof Error ? error.constructor.name : typeof error;
  const code = errorCode(error);
  const known = code === undefined ? `The error is ${kind}.` : `The error is ${kind} and its code is ${code}.`;
  return `Something failed in a way openbao-dr does not know: run it again with --debug to see where. ${known}`;
};

const say = ({ message, facts }: KnownFailure, debug: boolean): string => {
  const internals = Object.entries(internalFacts(facts)).map(([name, value]) => `${name}=${String(value)}`);
  return `${asSentence(message)}${debug && internals.length > 0 ? ` [${internals.join(', ')}]` : ''}`;
};
