/**
 * The drill's inbox: every signal is judged here, in a few steps and without a promise, before the SDK hears of it. The SDK
 * makes ten promises a signal and traces each of them; ten thousand at once keep a task busy for longer than a worker lets a
 * workflow run, and the worker's thread dies of it, again at each replay. A message that does not count goes no further than
 * the list of ignored messages.
 *
 * One inbox a workflow: the SDK loads a workflow's modules for that workflow alone.
 */
import type { IgnoredMessage } from '../../../domain/approval/approval.js';
import { oneLine } from '../../../domain/approval/messages/one-line.js';

/** Says why a message does not count; undefined if it does. Never throws. */
export type Judge = (message: unknown) => string | undefined;

export interface IgnoredMessages {
  /** The first fifty. */
  readonly listed: readonly IgnoredMessage[];
  /** The number of later ones. */
  readonly more: number;
}

const mostListed = 50;
const longestName = 100;

const judges = new Map<string, Judge>();
const listed: IgnoredMessage[] = [];
let more = 0;

/** Lets signals of this name through if `judge` accepts them, one at a time. */
export const judgeSignals = (name: string, judge: Judge): void => void judges.set(name, judge);

/** Records a message that changed nothing. Its content is not kept: it may be anything. */
export const ignore = (message: string, why: string): void => {
  if (listed.length >= mostListed) more += 1;
  else listed.push({ message: oneLine(message, longestName), why, at: new Date().toISOString() });
};

export const ignoredMessages = (): IgnoredMessages => ({ listed: [...listed], more });

/** Returns whether a signal goes on to its handler, and records it otherwise. */
export const letIn = (name: string, message: unknown, alreadyIn: ReadonlySet<string>): boolean => {
  const judge = judges.get(name);
  if (judge === undefined)
    ignore(name, judges.size === 0 ? 'the drill had not begun' : 'the drill knows no such signal');
  else {
    const why = judge(message) ?? (alreadyIn.has(name) ? 'another one came right before it' : undefined);
    if (why === undefined) return true;
    ignore(name, why);
  }
  return false;
};
