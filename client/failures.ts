/** How a command that failed ends: one clear sentence on standard error, and an honest exit code. */
import { CommanderError } from 'commander';
import { isKnownFailure } from '../domain/known-failure.js';
import { asStorageFailure, errorCode } from '../systems/files/storage-failure.js';
import type { ExitCode } from './context.js';
import { Interrupted } from './interruption.js';

interface FailureDescription {
  readonly exitCode: ExitCode;
  /** Absent when there is nothing to say, as after `--help`. */
  readonly sentence?: string;
}

/** The drill ran and did not pass, although nobody wrote a report. */
const endedWithoutReport = ['DrillTerminated', 'DrillCancelled'];

/** `interrupted`: somebody pressed Ctrl-C, so that whatever broke after it did so because of it. */
export const describeFailure = (error: unknown, interrupted: boolean): FailureDescription => {
  if (error instanceof CommanderError) return describeUsage(error);
  if (error instanceof Interrupted || interrupted) {
    const said = error instanceof Interrupted || isKnownFailure(error) ? error.message : '';
    return { exitCode: 130, ...(said !== '' && { sentence: said }) };
  }
  const known = asKnown(error);
  if (isKnownFailure(known) && endedWithoutReport.includes(known.type)) {
    return { exitCode: 1, sentence: asSentence(known.message) };
  }
  return { exitCode: 2, sentence: isKnownFailure(known) ? asSentence(known.message) : describeUnknown(known) };
};

const describeUsage = ({ code, message, exitCode }: CommanderError): FailureDescription => {
  if (exitCode === 0) return { exitCode: 0 };
  if (code === 'commander.help') {
    return { exitCode: 2, sentence: 'No command is named: try `openbao-dr drill`, or see `openbao-dr --help`.' };
  }
  const [first = '', suggestion = ''] = message.replace(/^error: /, '').split('\n');
  const whole = [first.replace(/\.$/, ''), suggestion].filter((part) => part !== '').join(' ');
  // The library's second sentences say what was expected instead.
  const sentence = capitalise(whole).replaceAll(/\. ([A-Z])/g, (_, letter: string) => `, ${letter.toLowerCase()}`);
  return { exitCode: 2, sentence: `${sentence.replace(/\.$/, '')}: see \`openbao-dr --help\`.` };
};

/** A full disk may surface anywhere; files that say where they are can be named. */
const asKnown = (error: unknown): unknown => {
  const path = error instanceof Error && 'path' in error ? error.path : undefined;
  return typeof path === 'string' ? asStorageFailure(error, path) : error;
};

/** No message: those of unknown errors may quote command lines or bodies. `--debug` shows it to who asks for it. */
const describeUnknown = (error: unknown): string => {
  const kind = error instanceof Error ? error.constructor.name : typeof error;
  const code = errorCode(error);
  const facts = code === undefined ? `error=${kind}` : `error=${kind}, code=${code}`;
  return `Something failed in a way openbao-dr does not know: run it again with --debug to see where [${facts}].`;
};

/** Facts in brackets come behind the sentence, which has its own full stop or needs none. */
const asSentence = (text: string): string => (/[.!?\]]$/.test(text) ? text : `${text}.`);

const capitalise = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
